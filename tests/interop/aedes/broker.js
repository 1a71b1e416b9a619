// An aedes broker behind mutual TLS, on a free port of loopback: node broker.js CA CERT KEY
// Says "listening PORT", "subscribed CLIENT FILTER" and "refused REASON", a line each. SIGTERM ends it.
'use strict'

const { readFileSync } = require('node:fs')
const { createServer } = require('node:tls')
const aedes = require('aedes')()

const [ca, cert, key] = process.argv.slice(2).map(file => readFileSync(file))
const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, aedes.handle)

aedes.on('subscribe', (subscriptions, client) => {
  for (const { topic } of subscriptions) console.log('subscribed', client.id, topic)
})
aedes.on('connectionError', (client, error) => console.log('refused', error.message))
server.on('tlsClientError', error => console.log('refused', error.message))
server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port))
