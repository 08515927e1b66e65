#include "peer.h"
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/wolfcrypt/wc_mldsa.h>
#include <stdlib.h>

PEER(peer_wolfssl)

static const byte rnd[32];

static byte parameters(int level)
{
    return level == 44 ? WC_ML_DSA_44 : level == 65 ? WC_ML_DSA_65 : WC_ML_DSA_87;
}

static wc_MlDsaKey *new_key(int level)
{
    wc_MlDsaKey *key = malloc(sizeof *key);
    if (key == NULL)
        return NULL;
    if (wc_MlDsaKey_Init(key, NULL, INVALID_DEVID) == 0 && wc_MlDsaKey_SetParams(key, parameters(level)) == 0)
        return key;
    free(key);
    return NULL;
}

int peer_wolfssl_keygen(int level, const uint8_t seed[32], uint8_t *pk, size_t pk_len)
{
    /* One object for each level: it has some hundred KiB, and initialising it is not key generation. */
    static wc_MlDsaKey *keys[3];
    wc_MlDsaKey **key = &keys[level == 44 ? 0 : level == 65 ? 1 : 2];
    word32 len = (word32)pk_len;
    if (*key == NULL)
        *key = new_key(level);
    return *key != NULL && wc_MlDsaKey_MakeKeyFromSeed(*key, seed) == 0
        && wc_MlDsaKey_ExportPubRaw(*key, pk, &len) == 0;
}

void *peer_wolfssl_private(int level, const uint8_t *sk, size_t len)
{
    wc_MlDsaKey *key = new_key(level);
    if (key == NULL || peer_wolfssl_again(key, 1, sk, len))
        return key;
    peer_wolfssl_free(key);
    return NULL;
}

void *peer_wolfssl_public(int level, const uint8_t *pk, size_t len)
{
    wc_MlDsaKey *key = new_key(level);
    if (key == NULL || peer_wolfssl_again(key, 0, pk, len))
        return key;
    peer_wolfssl_free(key);
    return NULL;
}

int peer_wolfssl_again(void *key, int is_private, const uint8_t *bytes, size_t len)
{
    return (is_private ? wc_MlDsaKey_ImportPrivRaw(key, bytes, (word32)len)
                       : wc_MlDsaKey_ImportPubRaw(key, bytes, (word32)len)) == 0;
}

void peer_wolfssl_free(void *key)
{
    wc_MlDsaKey_Free(key);
    free(key);
}

int peer_wolfssl_sign(void *key, const uint8_t *msg, size_t msg_len, uint8_t *sig, size_t sig_len)
{
    word32 len = (word32)sig_len;
    return wc_MlDsaKey_SignCtxWithSeed(key, NULL, 0, sig, &len, msg, (word32)msg_len, rnd) == 0;
}

int peer_wolfssl_verify(void *key, const uint8_t *msg, size_t msg_len, const uint8_t *sig, size_t sig_len)
{
    int good = 0;
    return wc_MlDsaKey_VerifyCtx(key, sig, (word32)sig_len, NULL, 0, msg, (word32)msg_len, &good) == 0 && good;
}
