#include "peer.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

PEER(peer_openssl)

/* A key, and a context for its one operation. Fetched algorithms are reused, as a program with many messages does. */
struct key {
    int level;
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *ctx;
};

static const char *name(int level)
{
    return level == 44 ? "ML-DSA-44" : level == 65 ? "ML-DSA-65" : "ML-DSA-87";
}

static EVP_SIGNATURE *algorithm(int level)
{
    static EVP_SIGNATURE *fetched[3];
    EVP_SIGNATURE **one = &fetched[level == 44 ? 0 : level == 65 ? 1 : 2];
    if (*one == NULL)
        *one = EVP_SIGNATURE_fetch(NULL, name(level), NULL);
    return *one;
}

int peer_openssl_keygen(int level, const uint8_t seed[32], uint8_t *pk, size_t pk_len)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, name(level), NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_DSA_SEED, (void *)seed, 32),
        OSSL_PARAM_construct_end(),
    };
    int good = ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_CTX_set_params(ctx, params) > 0
        && EVP_PKEY_generate(ctx, &pkey) > 0 && EVP_PKEY_get_raw_public_key(pkey, pk, &pk_len) > 0;
    EVP_PKEY_free(pkey);
    EVP_PKEY_CTX_free(ctx);
    return good;
}

static int fill(struct key *key, EVP_PKEY *pkey)
{
    key->pkey = pkey;
    key->ctx = pkey == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    return key->ctx != NULL;
}

static EVP_PKEY *read_key(int level, int is_private, const uint8_t *bytes, size_t len)
{
    return is_private ? EVP_PKEY_new_raw_private_key_ex(NULL, name(level), NULL, bytes, len)
                      : EVP_PKEY_new_raw_public_key_ex(NULL, name(level), NULL, bytes, len);
}

static void *new_key(int level, int is_private, const uint8_t *bytes, size_t len)
{
    struct key *key = calloc(1, sizeof *key);
    if (key == NULL)
        return NULL;
    key->level = level;
    if (fill(key, read_key(level, is_private, bytes, len)))
        return key;
    peer_openssl_free(key);
    return NULL;
}

void *peer_openssl_private(int level, const uint8_t *sk, size_t len)
{
    return new_key(level, 1, sk, len);
}

void *peer_openssl_public(int level, const uint8_t *pk, size_t len)
{
    return new_key(level, 0, pk, len);
}

int peer_openssl_again(void *pointer, int is_private, const uint8_t *bytes, size_t len)
{
    struct key *key = pointer;
    EVP_PKEY_CTX_free(key->ctx);
    EVP_PKEY_free(key->pkey);
    return fill(key, read_key(key->level, is_private, bytes, len));
}

void peer_openssl_free(void *pointer)
{
    struct key *key = pointer;
    EVP_PKEY_CTX_free(key->ctx);
    EVP_PKEY_free(key->pkey);
    free(key);
}

int peer_openssl_sign(void *pointer, const uint8_t *msg, size_t msg_len, uint8_t *sig, size_t sig_len)
{
    struct key *key = pointer;
    int deterministic = 1;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DETERMINISTIC, &deterministic),
        OSSL_PARAM_construct_end(),
    };
    return EVP_PKEY_sign_message_init(key->ctx, algorithm(key->level), params) > 0
        && EVP_PKEY_sign(key->ctx, sig, &sig_len, msg, msg_len) > 0;
}

int peer_openssl_verify(void *pointer, const uint8_t *msg, size_t msg_len, const uint8_t *sig, size_t sig_len)
{
    struct key *key = pointer;
    return EVP_PKEY_verify_message_init(key->ctx, algorithm(key->level), NULL) > 0
        && EVP_PKEY_verify(key->ctx, sig, sig_len, msg, msg_len) > 0;
}
