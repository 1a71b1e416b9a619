/*
 * The C peer: DTLS 1.2 on OpenSSL with a cookie exchange, client certificates, CCM_8 and resumption by session id. One thread,
 * one socket, any number of clients, told apart by their addresses. Says nothing, answers nothing: handshakes are all it does.
 *
 *   dtls-server PORT CERTIFICATE KEY CA
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

enum { DATAGRAM = 1232, SLOTS = 4096 };

struct client {
    struct sockaddr_in address;
    SSL *ssl;
    struct client *next;
};

static struct client *clients[SLOTS];
static unsigned char secret[32];

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        ERR_print_errors_fp(stderr);
        exit(1);
    }
}

static int make_cookie(SSL *ssl, unsigned char *cookie, unsigned int *length)
{
    struct client *client = SSL_get_app_data(ssl);
    return HMAC(EVP_sha256(), secret, sizeof secret, (unsigned char *)&client->address, sizeof client->address, cookie, length) != NULL;
}

static int check_cookie(SSL *ssl, const unsigned char *cookie, unsigned int length)
{
    unsigned char good[EVP_MAX_MD_SIZE];
    unsigned int good_length = 0;
    return make_cookie(ssl, good, &good_length) && length == good_length && CRYPTO_memcmp(cookie, good, length) == 0;
}

static SSL_CTX *new_context(char **arguments)
{
    SSL_CTX *context = SSL_CTX_new(DTLS_server_method());
    must(context != NULL, "context");
    must(SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0"), "suite");
    must(SSL_CTX_use_certificate_chain_file(context, arguments[2]), arguments[2]);
    must(SSL_CTX_use_PrivateKey_file(context, arguments[3], SSL_FILETYPE_PEM), arguments[3]);
    must(SSL_CTX_load_verify_locations(context, arguments[4], NULL), arguments[4]);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_COOKIE_EXCHANGE | SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"benchmark", 9);
    SSL_CTX_set_cookie_generate_cb(context, make_cookie);
    SSL_CTX_set_cookie_verify_cb(context, check_cookie);
    return context;
}

static struct client **find(const struct sockaddr_in *address)
{
    unsigned hash = ntohl(address->sin_addr.s_addr) * 31u + ntohs(address->sin_port);
    struct client **at = &clients[hash % SLOTS];
    while (*at != NULL && ((*at)->address.sin_port != address->sin_port || (*at)->address.sin_addr.s_addr != address->sin_addr.s_addr))
        at = &(*at)->next;
    return at;
}

static struct client *add(struct client **at, const struct sockaddr_in *address, SSL_CTX *context)
{
    struct client *client = calloc(1, sizeof *client);
    must(client != NULL, "memory");
    client->address = *address;
    client->ssl = SSL_new(context);
    must(client->ssl != NULL, "connection");
    SSL_set_bio(client->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_app_data(client->ssl, client);
    SSL_set_mtu(client->ssl, DATAGRAM);
    SSL_set_accept_state(client->ssl);
    *at = client;
    return client;
}

int main(int count, char **arguments)
{
    unsigned char buffer[4096], rest[256];
    must(count == 5, "dtls-server PORT CERTIFICATE KEY CA");
    SSL_CTX *context = new_context(arguments);
    must(RAND_bytes(secret, sizeof secret), "random");
    int door = socket(AF_INET, SOCK_DGRAM, 0), room = 1 << 22;
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[1])) };
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    must(bind(door, (struct sockaddr *)&here, sizeof here) == 0, "bind");
    for (;;) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        ssize_t length = recvfrom(door, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &size);
        if (length <= 0)
            continue;
        struct client **at = find(&from);
        struct client *client = *at != NULL ? *at : add(at, &from, context);
        BIO_write(SSL_get_rbio(client->ssl), buffer, (int)length);
        int done = SSL_is_init_finished(client->ssl) ? SSL_read(client->ssl, rest, sizeof rest) : SSL_do_handshake(client->ssl);
        int error = SSL_get_error(client->ssl, done);
        while ((length = BIO_read(SSL_get_wbio(client->ssl), buffer, sizeof buffer)) > 0)
            sendto(door, buffer, (size_t)length, 0, (struct sockaddr *)&from, size);
        if (error != SSL_ERROR_NONE && error != SSL_ERROR_WANT_READ) {
            /* Its end; quiet, so that the session stays. */
            SSL_set_quiet_shutdown(client->ssl, 1);
            SSL_shutdown(client->ssl);
            *at = client->next;
            SSL_free(client->ssl);
            free(client);
            ERR_clear_error();
        }
    }
}
