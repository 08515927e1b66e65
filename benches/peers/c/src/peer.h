/* What each shim provides, for the library NAME. Functions return 1 on success. A level is 44, 65 or 87. */
#include <stddef.h>
#include <stdint.h>

#define PEER(NAME)                                                                                             \
    int NAME##_keygen(int level, const uint8_t seed[32], uint8_t *pk, size_t pk_len);                          \
    void *NAME##_private(int level, const uint8_t *sk, size_t len);                                            \
    void *NAME##_public(int level, const uint8_t *pk, size_t len);                                             \
    /* Reads a key into an object that exists. */                                                              \
    int NAME##_again(void *key, int is_private, const uint8_t *bytes, size_t len);                             \
    void NAME##_free(void *key);                                                                               \
    /* Deterministic, empty context. */                                                                        \
    int NAME##_sign(void *key, const uint8_t *msg, size_t msg_len, uint8_t *sig, size_t sig_len);              \
    int NAME##_verify(void *key, const uint8_t *msg, size_t msg_len, const uint8_t *sig, size_t sig_len);
