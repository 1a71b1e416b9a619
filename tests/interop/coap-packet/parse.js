// Reads one message a line in hexadecimal; writes what coap-packet makes of it: "!" or type, code, Message ID, token, options, payload.
'use strict'

const { parse } = require('coap-packet')
const readline = require('readline')

const numbers = {
  'If-Match': 1, 'Uri-Host': 3, ETag: 4, 'If-None-Match': 5, Observe: 6, 'Uri-Port': 7, 'Location-Path': 8, OSCORE: 9,
  'Uri-Path': 11, 'Content-Format': 12, 'Max-Age': 14, 'Uri-Query': 15, 'Hop-Limit': 16, Accept: 17, 'Q-Block1': 19,
  'Location-Query': 20, Block2: 23, Block1: 27, Size2: 28, 'Q-Block2': 31, 'Proxy-Uri': 35, 'Proxy-Scheme': 39, Size1: 60,
  'No-Response': 258, 'OCF-Accept-Content-Format-Version': 2049, 'OCF-Content-Format-Version': 2053
}

function describe (hex) {
  let message
  try {
    message = parse(Buffer.from(hex, 'hex'))
  } catch {
    return '!'
  }
  const type = message.confirmable ? 0 : message.ack ? 2 : message.reset ? 3 : 1
  const options = message.options.map(option => `${numbers[option.name] ?? option.name}:${option.value.toString('hex')}`)
  return [type, message.code, message.messageId, message.token.toString('hex'), options.join(','), message.payload.toString('hex')].join(' ')
}

let lines = []
const input = readline.createInterface({ input: process.stdin })
input.on('line', line => {
  lines.push(describe(line))
  if (lines.length === 1000) {
    process.stdout.write(lines.join('\n') + '\n')
    lines = []
  }
})
input.on('close', () => process.stdout.write(lines.map(line => line + '\n').join('')))
