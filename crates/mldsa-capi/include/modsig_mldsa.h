/*
 * ML-DSA (FIPS 204) signatures: ML-DSA-44, ML-DSA-65 and ML-DSA-87, in constant time.
 *
 * Made by cbindgen from crates/mldsa-capi/src; do not edit. A test keeps it up to date.
 *
 * Link with pkg-config modsig-mldsa. examples/sign_verify.c shows the use of most functions.
 *
 * What holds for all functions:
 *
 * - Nothing is allocated, nothing is global, nothing is printed, nothing aborts. Objects lie where the caller puts them.
 * - Every buffer comes with its length in bytes, which must be the exact one where one is named. NULL with the length 0
 *   is an empty message or context; NULL is an error elsewhere.
 * - MODSIG_MLDSA_OK is 0. Any other result means that what was asked was not done: no output has been written
 *   (objects that were to be filled hold nothing). Results must not be ignored; compilers that can, warn.
 * - Buffers that are written may overlap with buffers that are read, but not with objects, and no two may be written
 *   by different threads. Objects and buffers that are only read may be shared by threads.
 * - Pointers that are neither NULL nor what is said under "Safety" are undefined behaviour, as everywhere in C.
 */


#ifndef MODSIG_MLDSA_H
#define MODSIG_MLDSA_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define MODSIG_MLDSA_MUST_USE __attribute__((warn_unused_result))
#else
#define MODSIG_MLDSA_MUST_USE
#endif

/**
 * ML-DSA-44, security category 2.
 */
#define MODSIG_MLDSA_44 44

/**
 * ML-DSA-65, security category 3.
 */
#define MODSIG_MLDSA_65 65

/**
 * ML-DSA-87, security category 5.
 */
#define MODSIG_MLDSA_87 87

/**
 * Bytes of a seed (xi of FIPS 204), the shortest form of a private key.
 */
#define MODSIG_MLDSA_SEED_LEN 32

/**
 * Bytes of the randomness of one signature (rnd of FIPS 204).
 */
#define MODSIG_MLDSA_RND_LEN 32

/**
 * Bytes of a message representative (mu of FIPS 204).
 */
#define MODSIG_MLDSA_MU_LEN 64

/**
 * Most bytes of a context.
 */
#define MODSIG_MLDSA_MAX_CONTEXT_LEN 255

/**
 * Bytes of a public key of ML-DSA-44.
 */
#define MODSIG_MLDSA_44_PUBLIC_KEY_LEN 1312

/**
 * Bytes of a public key of ML-DSA-65.
 */
#define MODSIG_MLDSA_65_PUBLIC_KEY_LEN 1952

/**
 * Bytes of a public key of ML-DSA-87, the longest.
 */
#define MODSIG_MLDSA_87_PUBLIC_KEY_LEN 2592

/**
 * Bytes of an expanded private key of ML-DSA-44.
 */
#define MODSIG_MLDSA_44_EXPANDED_KEY_LEN 2560

/**
 * Bytes of an expanded private key of ML-DSA-65.
 */
#define MODSIG_MLDSA_65_EXPANDED_KEY_LEN 4032

/**
 * Bytes of an expanded private key of ML-DSA-87, the longest.
 */
#define MODSIG_MLDSA_87_EXPANDED_KEY_LEN 4896

/**
 * Bytes of a signature of ML-DSA-44.
 */
#define MODSIG_MLDSA_44_SIGNATURE_LEN 2420

/**
 * Bytes of a signature of ML-DSA-65.
 */
#define MODSIG_MLDSA_65_SIGNATURE_LEN 3309

/**
 * Bytes of a signature of ML-DSA-87, the longest.
 */
#define MODSIG_MLDSA_87_SIGNATURE_LEN 4627

/**
 * SHA-256. The numbers of the hash functions are the last of their object identifiers, 2.16.840.1.101.3.4.2.x.
 */
#define MODSIG_MLDSA_HASH_SHA256 1

/**
 * SHA-384.
 */
#define MODSIG_MLDSA_HASH_SHA384 2

/**
 * SHA-512.
 */
#define MODSIG_MLDSA_HASH_SHA512 3

/**
 * SHA-224.
 */
#define MODSIG_MLDSA_HASH_SHA224 4

/**
 * SHA-512/224.
 */
#define MODSIG_MLDSA_HASH_SHA512_224 5

/**
 * SHA-512/256.
 */
#define MODSIG_MLDSA_HASH_SHA512_256 6

/**
 * SHA3-224.
 */
#define MODSIG_MLDSA_HASH_SHA3_224 7

/**
 * SHA3-256.
 */
#define MODSIG_MLDSA_HASH_SHA3_256 8

/**
 * SHA3-384.
 */
#define MODSIG_MLDSA_HASH_SHA3_384 9

/**
 * SHA3-512.
 */
#define MODSIG_MLDSA_HASH_SHA3_512 10

/**
 * SHAKE128 with 32 bytes of output.
 */
#define MODSIG_MLDSA_HASH_SHAKE128 11

/**
 * SHAKE256 with 64 bytes of output.
 */
#define MODSIG_MLDSA_HASH_SHAKE256 12

/**
 * What a function answers. Zero is good; everything else is not.
 */
typedef enum modsig_mldsa_result {
  /**
   * Done; of verification: the signature is good.
   */
  MODSIG_MLDSA_OK = 0,
  /**
   * The signature does not verify, or has not the length of one. There is no more to know.
   */
  MODSIG_MLDSA_INVALID_SIGNATURE = 1,
  /**
   * A pointer is NULL where bytes are needed, or the pointer to an object is not aligned.
   */
  MODSIG_MLDSA_ERR_POINTER = 2,
  /**
   * A length is not the one that belongs there, or exceeds half of the address space.
   */
  MODSIG_MLDSA_ERR_LENGTH = 3,
  /**
   * The set is none of MODSIG_MLDSA_44, MODSIG_MLDSA_65, MODSIG_MLDSA_87.
   */
  MODSIG_MLDSA_ERR_SET = 4,
  /**
   * The context is longer than MODSIG_MLDSA_MAX_CONTEXT_LEN.
   */
  MODSIG_MLDSA_ERR_CONTEXT = 5,
  /**
   * An expanded private key whose parts are out of range or do not belong together.
   */
  MODSIG_MLDSA_ERR_MALFORMED_KEY = 6,
  /**
   * The object holds nothing: it was never filled, or wiped, or its filling failed.
   */
  MODSIG_MLDSA_ERR_EMPTY = 7,
  /**
   * The key was not made from a seed, and a seed cannot be found from what it was made from.
   */
  MODSIG_MLDSA_ERR_NO_SEED = 8,
  /**
   * The operating system gave no randomness, or the library was built without asking for it.
   */
  MODSIG_MLDSA_ERR_RANDOM = 9,
  /**
   * The hash function is none of MODSIG_MLDSA_HASH_...
   */
  MODSIG_MLDSA_ERR_HASH = 10,
} modsig_mldsa_result;

/**
 * A private key with its public key, of any set. Secret: call modsig_mldsa_signing_key_wipe when it is no longer needed.
 *
 * It holds no pointers: it may be moved and copied as bytes, and each copy must be wiped.
 * Several threads may use one at the same time, as long as none of them fills or wipes it.
 */
typedef struct modsig_mldsa_signing_key {
  /**
   * Not for the caller, who may set all of it to zero: that is a key which holds nothing.
   */
  uint64_t opaque[1024];
} modsig_mldsa_signing_key;

/**
 * A message representative (mu) in the making. It holds no pointers: to copy it is to fork the message.
 */
typedef struct modsig_mldsa_mu_state {
  /**
   * Not for the caller, who may set all of it to zero: that is a state which holds nothing.
   */
  uint64_t opaque[48];
} modsig_mldsa_mu_state;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * A few English words on a result, for people: static, ends with a zero, never NULL, whatever the number.
 */
const char *modsig_mldsa_result_text(int result);

/**
 * The version of the library, such as "0.1.0": static, ends with a zero.
 */
const char *modsig_mldsa_version(void);

/**
 * Bytes of a public key of `set`; 0 if there is no such set.
 */
size_t modsig_mldsa_public_key_len(uint32_t set);

/**
 * Bytes of an expanded private key of `set`; 0 if there is no such set.
 */
size_t modsig_mldsa_expanded_key_len(uint32_t set);

/**
 * Bytes of a signature of `set`; 0 if there is no such set.
 */
size_t modsig_mldsa_signature_len(uint32_t set);

/**
 * Bytes of a modsig_mldsa_signing_key, for languages that cannot read the header. Memory for it must be aligned to
 * 8 bytes, as that of malloc is.
 */
size_t modsig_mldsa_signing_key_size(void);

/**
 * Bytes of a modsig_mldsa_mu_state, for languages that cannot read the header. Memory for it must be aligned to
 * 8 bytes, as that of malloc is.
 */
size_t modsig_mldsa_mu_state_size(void);

/**
 * Makes a key pair from randomness of the operating system (FIPS 204, algorithm 1).
 *
 * Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_SET, _ERR_RANDOM. On an error the key holds nothing.
 *
 * # Safety
 * `key` points to memory for a modsig_mldsa_signing_key, initialised or not, that nobody else uses.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_signing_key_generate(struct modsig_mldsa_signing_key *key,
                                                           uint32_t set);

/**
 * Makes the key pair of a seed (FIPS 204, algorithm 6). The same seed gives the same pair.
 *
 * `seed_len` must be MODSIG_MLDSA_SEED_LEN. Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_SET. On an error
 * the key holds nothing.
 *
 * # Safety
 * `key` as for modsig_mldsa_signing_key_generate; `seed_len` bytes can be read at `seed`, which do not lie in `key`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_signing_key_from_seed(struct modsig_mldsa_signing_key *key,
                                                            uint32_t set,
                                                            const uint8_t *seed,
                                                            size_t seed_len);

/**
 * Reads an expanded private key (FIPS 204, algorithm 25). Its public key is computed from it, and everything in it
 * that can be checked is (FIPS 204, section 3.6.1): s1 and s2 in range, t0 and tr as they follow from the rest.
 *
 * `expanded_len` must be modsig_mldsa_expanded_key_len(set). Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH,
 * _ERR_SET, _ERR_MALFORMED_KEY. On an error the key holds nothing.
 *
 * # Safety
 * `key` as for modsig_mldsa_signing_key_generate; `expanded_len` bytes can be read at `expanded`, which do not lie in
 * `key`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_signing_key_from_expanded(struct modsig_mldsa_signing_key *key,
                                                                uint32_t set,
                                                                const uint8_t *expanded,
                                                                size_t expanded_len);

/**
 * The set of a key; 0 if it holds nothing, or is NULL or not aligned.
 *
 * # Safety
 * `key` points to a key that was filled, or whose bytes are all zero.
 */
uint32_t modsig_mldsa_signing_key_set(const struct modsig_mldsa_signing_key *key);

/**
 * Writes the seed: a secret.
 *
 * `seed_len` must be MODSIG_MLDSA_SEED_LEN. Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_EMPTY, and
 * _ERR_NO_SEED for a key that was read in the expanded form.
 *
 * # Safety
 * `key` as for modsig_mldsa_signing_key_set; `seed_len` bytes can be written at `seed`, which do not lie in `key`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_signing_key_seed(const struct modsig_mldsa_signing_key *key,
                                                       uint8_t *seed,
                                                       size_t seed_len);

/**
 * Writes the expanded private key (FIPS 204, algorithm 24): a secret.
 *
 * `expanded_len` must be modsig_mldsa_expanded_key_len of the key's set. Answers MODSIG_MLDSA_OK, _ERR_POINTER,
 * _ERR_LENGTH, _ERR_EMPTY.
 *
 * # Safety
 * `key` as for modsig_mldsa_signing_key_set; `expanded_len` bytes can be written at `expanded`, which do not lie in
 * `key`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_signing_key_expanded(const struct modsig_mldsa_signing_key *key,
                                                           uint8_t *expanded,
                                                           size_t expanded_len);

/**
 * Writes the public key (FIPS 204, algorithm 22).
 *
 * `public_key_len` must be modsig_mldsa_public_key_len of the key's set. Answers MODSIG_MLDSA_OK, _ERR_POINTER,
 * _ERR_LENGTH, _ERR_EMPTY.
 *
 * # Safety
 * `key` as for modsig_mldsa_signing_key_set; `public_key_len` bytes can be written at `public_key`, which do not lie in
 * `key`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_signing_key_public(const struct modsig_mldsa_signing_key *key,
                                                         uint8_t *public_key,
                                                         size_t public_key_len);

/**
 * Wipes a key, which then holds nothing. To be called for each that was filled, also of those that were copied as
 * bytes; calling it twice does no harm. Does nothing with NULL, or with a pointer that is not aligned.
 *
 * # Safety
 * `key` as for modsig_mldsa_signing_key_generate.
 */
void modsig_mldsa_signing_key_wipe(struct modsig_mldsa_signing_key *key);

/**
 * Signs a message (FIPS 204, algorithm 2), hedged with randomness of the operating system: what to use if in doubt.
 *
 * The context names what signatures are for, at most MODSIG_MLDSA_MAX_CONTEXT_LEN bytes; it may be NULL with the length
 * 0, and so may the message. `signature_len` must be modsig_mldsa_signature_len of the key's set.
 *
 * Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_CONTEXT, _ERR_EMPTY, _ERR_RANDOM. On an error nothing is
 * written.
 *
 * # Safety
 * `key` points to a key that was filled, or whose bytes are all zero; the given lengths can be read at `message` and
 * `context`, and written at `signature`, which does not lie in `key`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_sign(const struct modsig_mldsa_signing_key *key,
                                           const uint8_t *message,
                                           size_t message_len,
                                           const uint8_t *context,
                                           size_t context_len,
                                           uint8_t *signature,
                                           size_t signature_len);

/**
 * As modsig_mldsa_sign, hedged with randomness of the caller's.
 *
 * `rnd_len` must be MODSIG_MLDSA_RND_LEN. The bytes must be fresh for each signature, from a cryptographic generator.
 *
 * # Safety
 * As for modsig_mldsa_sign; `rnd_len` bytes can be read at `rnd`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_sign_with_rnd(const struct modsig_mldsa_signing_key *key,
                                                    const uint8_t *message,
                                                    size_t message_len,
                                                    const uint8_t *context,
                                                    size_t context_len,
                                                    const uint8_t *rnd,
                                                    size_t rnd_len,
                                                    uint8_t *signature,
                                                    size_t signature_len);

/**
 * As modsig_mldsa_sign, deterministic: the same key and message give the same signature. Whoever can disturb the
 * computation may learn the key from two of them.
 *
 * # Safety
 * As for modsig_mldsa_sign.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_sign_deterministic(const struct modsig_mldsa_signing_key *key,
                                                         const uint8_t *message,
                                                         size_t message_len,
                                                         const uint8_t *context,
                                                         size_t context_len,
                                                         uint8_t *signature,
                                                         size_t signature_len);

/**
 * Signs a message representative (FIPS 204, algorithm 7 from line 7 on) that modsig_mldsa_mu_finish,
 * modsig_mldsa_mu_of_digest or somebody else has computed; hedged with randomness of the operating system.
 *
 * `mu_len` must be MODSIG_MLDSA_MU_LEN. Else as modsig_mldsa_sign. The signature is that of the message.
 *
 * # Safety
 * As for modsig_mldsa_sign; `mu_len` bytes can be read at `mu`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_sign_mu(const struct modsig_mldsa_signing_key *key,
                                              const uint8_t *mu,
                                              size_t mu_len,
                                              uint8_t *signature,
                                              size_t signature_len);

/**
 * As modsig_mldsa_sign_mu, hedged with randomness of the caller's, as in modsig_mldsa_sign_with_rnd.
 *
 * # Safety
 * As for modsig_mldsa_sign_mu; `rnd_len` bytes can be read at `rnd`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_sign_mu_with_rnd(const struct modsig_mldsa_signing_key *key,
                                                       const uint8_t *mu,
                                                       size_t mu_len,
                                                       const uint8_t *rnd,
                                                       size_t rnd_len,
                                                       uint8_t *signature,
                                                       size_t signature_len);

/**
 * As modsig_mldsa_sign_mu, deterministic, as in modsig_mldsa_sign_deterministic.
 *
 * # Safety
 * As for modsig_mldsa_sign_mu.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_sign_mu_deterministic(const struct modsig_mldsa_signing_key *key,
                                                            const uint8_t *mu,
                                                            size_t mu_len,
                                                            uint8_t *signature,
                                                            size_t signature_len);

/**
 * Verifies the signature of a message (FIPS 204, algorithm 3).
 *
 * `public_key_len` must be modsig_mldsa_public_key_len(set). The context is that of the signer; it may be NULL with the
 * length 0, and so may the message. A signature of another length than modsig_mldsa_signature_len(set) is invalid.
 *
 * Answers MODSIG_MLDSA_OK (0) if the signature is good and for nothing else; MODSIG_MLDSA_INVALID_SIGNATURE;
 * _ERR_POINTER, _ERR_LENGTH, _ERR_SET, _ERR_CONTEXT if nothing was verified.
 *
 * # Safety
 * The given lengths can be read at `public_key`, `message`, `context` and `signature`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_verify(uint32_t set,
                                             const uint8_t *public_key,
                                             size_t public_key_len,
                                             const uint8_t *message,
                                             size_t message_len,
                                             const uint8_t *context,
                                             size_t context_len,
                                             const uint8_t *signature,
                                             size_t signature_len);

/**
 * Verifies the signature of a message representative (FIPS 204, algorithm 8 from line 8 on), which
 * modsig_mldsa_mu_finish, modsig_mldsa_mu_of_digest or somebody else has computed.
 *
 * `mu_len` must be MODSIG_MLDSA_MU_LEN. Else as modsig_mldsa_verify.
 *
 * # Safety
 * The given lengths can be read at `public_key`, `mu` and `signature`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_verify_mu(uint32_t set,
                                                const uint8_t *public_key,
                                                size_t public_key_len,
                                                const uint8_t *mu,
                                                size_t mu_len,
                                                const uint8_t *signature,
                                                size_t signature_len);

/**
 * Starts to compute mu of a message that comes in pieces, for signing or verifying under `public_key`.
 *
 * `public_key_len` must be modsig_mldsa_public_key_len(set). The context as in modsig_mldsa_sign.
 * Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_SET, _ERR_CONTEXT. On an error the state holds nothing.
 *
 * # Safety
 * `state` points to memory for a modsig_mldsa_mu_state, initialised or not, that nobody else uses; the given lengths
 * can be read at `public_key` and `context`, which do not lie in `state`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_mu_init(struct modsig_mldsa_mu_state *state,
                                              uint32_t set,
                                              const uint8_t *public_key,
                                              size_t public_key_len,
                                              const uint8_t *context,
                                              size_t context_len);

/**
 * Takes the next bytes of the message; any number, also none.
 *
 * Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_EMPTY. On an error the state is as it was.
 *
 * # Safety
 * `state` points to a state that was filled, or whose bytes are all zero, and that nobody else uses; `data_len` bytes
 * can be read at `data`, which do not lie in `state`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_mu_update(struct modsig_mldsa_mu_state *state,
                                                const uint8_t *data,
                                                size_t data_len);

/**
 * Ends the message and writes mu. The state then holds nothing.
 *
 * `mu_len` must be MODSIG_MLDSA_MU_LEN. Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_EMPTY. On an error the
 * state is as it was.
 *
 * # Safety
 * `state` as for modsig_mldsa_mu_update; `mu_len` bytes can be written at `mu`, which do not lie in `state`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_mu_finish(struct modsig_mldsa_mu_state *state,
                                                uint8_t *mu,
                                                size_t mu_len);

/**
 * Computes mu of a digest: HashML-DSA (FIPS 204, algorithms 4 and 5), together with modsig_mldsa_sign_mu and
 * modsig_mldsa_verify_mu. The digest is what the hash function `hash`, one of MODSIG_MLDSA_HASH_..., gave for the message.
 *
 * HashML-DSA and ML-DSA signatures of the same message are different ones. Who only wants to stream a message wants
 * modsig_mldsa_mu_init.
 *
 * `digest_len` must be that of the hash function, `public_key_len` modsig_mldsa_public_key_len(set), `mu_len`
 * MODSIG_MLDSA_MU_LEN. The context as in modsig_mldsa_sign. Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_SET,
 * _ERR_CONTEXT, _ERR_HASH.
 *
 * # Safety
 * The given lengths can be read at `public_key`, `context` and `digest`, and written at `mu`.
 */
MODSIG_MLDSA_MUST_USE
enum modsig_mldsa_result modsig_mldsa_mu_of_digest(uint32_t set,
                                                   const uint8_t *public_key,
                                                   size_t public_key_len,
                                                   const uint8_t *context,
                                                   size_t context_len,
                                                   uint32_t hash,
                                                   const uint8_t *digest,
                                                   size_t digest_len,
                                                   uint8_t *mu,
                                                   size_t mu_len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* MODSIG_MLDSA_H */
