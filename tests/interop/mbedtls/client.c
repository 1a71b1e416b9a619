/*
 * A device on mbedTLS 2.28: DTLS 1.2 with TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 and a client certificate, and one CoAP
 * message built by hand for each --step. Prints a line for each handshake and each answer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/timing.h>
#include <mbedtls/version.h>

enum { COAP_CON = 0, COAP_NON = 1, COAP_ACK = 2, COAP_POST = 2, TOKEN = 0x2A };

struct arguments {
    const char *host, *port, *name, *cert, *key, *ca, *path, *payload, *steps;
    int type, mtu, receive, fragment, ems, packing, repeat, quiet;
};

struct device {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_x509_crt ca, cert;
    mbedtls_pk_context key;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_session session;
    mbedtls_timing_delay_context timer;
    mbedtls_net_context socket;
    size_t receive;
    uint16_t message_id;
};

static const int suites[] = { MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, 0 };

static void must(const char *what, int error)
{
    char text[128] = "";
    if (error != 0) {
        mbedtls_strerror(error, text, sizeof text);
        fprintf(stderr, "%s: -0x%04x %s\n", what, -error, text);
        exit(1);
    }
}

static const char *next_value(int count, char **words, int *at)
{
    if (++*at >= count) {
        fprintf(stderr, "missing: a value after %s\n", words[*at - 1]);
        exit(2);
    }
    return words[*at];
}

static struct arguments read_arguments(int count, char **words)
{
    struct arguments a = { .name = "localhost", .path = "t", .payload = "21.5", .steps = "request", .type = COAP_CON, .ems = 1, .packing = 1, .repeat = 1 };
    for (int i = 1; i < count; i++) {
        const char *word = words[i];
        const char *value = next_value(count, words, &i);
        if (!strcmp(word, "--host")) a.host = value;
        else if (!strcmp(word, "--port")) a.port = value;
        else if (!strcmp(word, "--name")) a.name = value;
        else if (!strcmp(word, "--cert")) a.cert = value;
        else if (!strcmp(word, "--key")) a.key = value;
        else if (!strcmp(word, "--ca")) a.ca = value;
        else if (!strcmp(word, "--path")) a.path = value;
        else if (!strcmp(word, "--payload")) a.payload = value;
        else if (!strcmp(word, "--steps")) a.steps = value;
        else if (!strcmp(word, "--type")) a.type = strcmp(value, "NON") ? COAP_CON : COAP_NON;
        else if (!strcmp(word, "--mtu")) a.mtu = atoi(value);
        else if (!strcmp(word, "--receive")) a.receive = atoi(value);
        else if (!strcmp(word, "--repeat")) a.repeat = atoi(value);
        else if (!strcmp(word, "--quiet")) a.quiet = strcmp(value, "yes") == 0;
        else if (!strcmp(word, "--fragment")) a.fragment = atoi(value);
        else if (!strcmp(word, "--ems")) a.ems = strcmp(value, "NONE") != 0;
        else if (!strcmp(word, "--records")) a.packing = strcmp(value, "single") != 0;
        else {
            fprintf(stderr, "not understood: %s\n", word);
            exit(2);
        }
    }
    if (!a.host || !a.port || !a.ca) {
        fprintf(stderr, "missing: --host, --port or --ca\n");
        exit(2);
    }
    return a;
}

static unsigned char fragment_code(int length)
{
    switch (length) {
    case 0: return MBEDTLS_SSL_MAX_FRAG_LEN_NONE;
    case 512: return MBEDTLS_SSL_MAX_FRAG_LEN_512;
    case 1024: return MBEDTLS_SSL_MAX_FRAG_LEN_1024;
    case 2048: return MBEDTLS_SSL_MAX_FRAG_LEN_2048;
    case 4096: return MBEDTLS_SSL_MAX_FRAG_LEN_4096;
    default:
        fprintf(stderr, "not understood: --fragment %d\n", length);
        exit(2);
    }
}

static void set_up(struct device *d, const struct arguments *a)
{
    mbedtls_entropy_init(&d->entropy);
    mbedtls_ctr_drbg_init(&d->random);
    mbedtls_x509_crt_init(&d->ca);
    mbedtls_x509_crt_init(&d->cert);
    mbedtls_pk_init(&d->key);
    mbedtls_ssl_config_init(&d->config);
    mbedtls_ssl_init(&d->ssl);
    mbedtls_ssl_session_init(&d->session);
    mbedtls_net_init(&d->socket);
    must("seed", mbedtls_ctr_drbg_seed(&d->random, mbedtls_entropy_func, &d->entropy, NULL, 0));
    must("random", mbedtls_ctr_drbg_random(&d->random, (unsigned char *)&d->message_id, sizeof d->message_id));
    must("ca", mbedtls_x509_crt_parse_file(&d->ca, a->ca));
    must("defaults", mbedtls_ssl_config_defaults(
        &d->config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_rng(&d->config, mbedtls_ctr_drbg_random, &d->random);
    mbedtls_ssl_conf_ca_chain(&d->config, &d->ca, NULL);
    mbedtls_ssl_conf_authmode(&d->config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ciphersuites(&d->config, suites);
    mbedtls_ssl_conf_handshake_timeout(&d->config, 1000, 30000);
    mbedtls_ssl_conf_read_timeout(&d->config, 2000);
    mbedtls_ssl_conf_extended_master_secret(&d->config, a->ems ? MBEDTLS_SSL_EXTENDED_MS_ENABLED : MBEDTLS_SSL_EXTENDED_MS_DISABLED);
    must("fragment", mbedtls_ssl_conf_max_frag_len(&d->config, fragment_code(a->fragment)));
    if (a->cert) {
        must("cert", mbedtls_x509_crt_parse_file(&d->cert, a->cert));
        must("key", mbedtls_pk_parse_keyfile(&d->key, a->key, NULL));
        must("own", mbedtls_ssl_conf_own_cert(&d->config, &d->cert, &d->key));
    }
    must("setup", mbedtls_ssl_setup(&d->ssl, &d->config));
    must("name", mbedtls_ssl_set_hostname(&d->ssl, a->name));
    mbedtls_ssl_set_timer_cb(&d->ssl, &d->timer, mbedtls_timing_set_delay, mbedtls_timing_get_delay);
    if (a->mtu) {
        mbedtls_ssl_set_mtu(&d->ssl, (uint16_t)a->mtu);
    }
    d->receive = (size_t)a->receive;
    mbedtls_ssl_set_datagram_packing(&d->ssl, a->packing);
}

static int send_datagram(void *context, const unsigned char *bytes, size_t length)
{
    return mbedtls_net_send(&((struct device *)context)->socket, bytes, length);
}

/* As a modem with a small buffer does: what is longer is lost. */
static int receive_datagram(void *context, unsigned char *bytes, size_t room, uint32_t timeout)
{
    struct device *d = context;
    int length;
    do {
        length = mbedtls_net_recv_timeout(&d->socket, bytes, room, timeout);
    } while (d->receive != 0 && length > (int)d->receive);
    return length;
}

static void open_socket(struct device *d, const struct arguments *a)
{
    mbedtls_net_free(&d->socket);
    must("connect", mbedtls_net_connect(&d->socket, a->host, a->port, MBEDTLS_NET_PROTO_UDP));
    mbedtls_ssl_set_bio(&d->ssl, d, send_datagram, NULL, receive_datagram);
}

/* Step by step, because only the states on the way tell a full handshake from a resumed one. */
static int shake_hands(struct device *d, int quiet)
{
    int full = 0;
    int result = 0;
    while (d->ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
        full |= d->ssl.state == MBEDTLS_SSL_CLIENT_KEY_EXCHANGE;
        result = mbedtls_ssl_handshake_step(&d->ssl);
        if (result != 0 && result != MBEDTLS_ERR_SSL_WANT_READ && result != MBEDTLS_ERR_SSL_WANT_WRITE) {
            int alert = result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ? d->ssl.in_msg[1] : 0;
            printf("refused alert=%d error=%04x\n", alert, -result);
            return 0;
        }
    }
    if (!quiet) {
        printf("handshake kind=%s suite=%s overhead=%d\n",
            full ? "full" : "resumed", mbedtls_ssl_get_ciphersuite(&d->ssl), mbedtls_ssl_get_record_expansion(&d->ssl));
    }
    must("session", mbedtls_ssl_get_session(&d->ssl, &d->session));
    return 1;
}

/* RFC 7252 section 3: version 1, a token of one byte, Uri-Path (11), Content-Format (12) text/plain, the payload. */
static size_t write_post(unsigned char *to, const struct arguments *a, uint16_t message_id)
{
    size_t path = strlen(a->path), payload = strlen(a->payload), at = 0;
    if (path > 12 || payload > 1000) {
        fprintf(stderr, "too long: --path or --payload\n");
        exit(2);
    }
    to[at++] = (unsigned char)(1 << 6 | a->type << 4 | 1);
    to[at++] = COAP_POST;
    to[at++] = (unsigned char)(message_id >> 8);
    to[at++] = (unsigned char)message_id;
    to[at++] = TOKEN;
    to[at++] = (unsigned char)(11 << 4 | path);
    memcpy(to + at, a->path, path);
    at += path;
    to[at++] = 1 << 4;
    to[at++] = 0xFF;
    memcpy(to + at, a->payload, payload);
    return at + payload;
}

static void request(struct device *d, const struct arguments *a)
{
    static const char *const types[] = { "CON", "NON", "ACK", "RST" };
    unsigned char out[1100], in[1500];
    uint16_t id = ++d->message_id;
    size_t length = write_post(out, a, id);
    for (int attempt = 0; attempt < 4; attempt++) {
        int sent = mbedtls_ssl_write(&d->ssl, out, length);
        if (sent != (int)length) {
            printf("failed error=%04x\n", -sent);
            return;
        }
        int got = mbedtls_ssl_read(&d->ssl, in, sizeof in);
        if (got == MBEDTLS_ERR_SSL_TIMEOUT || got == MBEDTLS_ERR_SSL_WANT_READ) {
            continue;
        }
        if (got < 5 || in[0] >> 6 != 1 || (in[0] & 15) != 1 || in[4] != TOKEN) {
            printf("failed error=%04x length=%d\n", got < 0 ? -got : 0, got);
            return;
        }
        int type = in[0] >> 4 & 3;
        int is_ours = type != COAP_ACK || (in[2] == id >> 8 && in[3] == (id & 0xFF));
        if (a->quiet) {
            return;
        }
        printf("response code=%d.%02d type=%s matches=%d attempts=%d\n", in[1] >> 5, in[1] & 31, types[type], is_ours, attempt + 1);
        return;
    }
    printf("silence\n");
}

/* Starts over on a new socket, with the old session if asked. */
static void reconnect(struct device *d, const struct arguments *a, int with_session)
{
    mbedtls_ssl_close_notify(&d->ssl);
    must("reset", mbedtls_ssl_session_reset(&d->ssl));
    if (with_session) {
        must("session", mbedtls_ssl_set_session(&d->ssl, &d->session));
    }
    open_socket(d, a);
    if (!shake_hands(d, a->quiet)) {
        exit(0);
    }
}

/* Separated by commas: request sends one, full and resume start over. */
static void take_steps(struct device *d, const struct arguments *a)
{
    char steps[256];
    snprintf(steps, sizeof steps, "%s", a->steps);
    for (char *step = strtok(steps, ","); step; step = strtok(NULL, ",")) {
        if (!strcmp(step, "request")) {
            request(d, a);
        } else if (!strcmp(step, "resume") || !strcmp(step, "full")) {
            reconnect(d, a, !strcmp(step, "resume"));
        } else {
            fprintf(stderr, "not a step: %s\n", step);
            exit(2);
        }
    }
}

int main(int count, char **words)
{
    struct arguments a = read_arguments(count, words);
    static struct device d;
    setvbuf(stdout, NULL, _IOLBF, 0);
    set_up(&d, &a);
    open_socket(&d, &a);
    if (shake_hands(&d, a.quiet)) {
        for (int i = 0; i < a.repeat; i++) {
            take_steps(&d, &a);
        }
        mbedtls_ssl_close_notify(&d.ssl);
    }
    printf("end version=%s\n", MBEDTLS_VERSION_STRING);
    return 0;
}
