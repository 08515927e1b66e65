/* One operation or kernel of mldsa-native, for instruction counts and estimates beside ours: checks/aarch64-peers.sh and
 * checks/aarch64-cycles.sh build it. Seed, message and rnd are those of checks/instructions/src/main.rs; here the count
 * includes mu.
 *
 *   mldsa_native keygen|sign|verify 44|65|87
 *   mldsa_native ntt|inv_ntt|keccak1|keccak4 65          (keccak2 instead of keccak4 with MLD_SYS_AARCH64_FAST_SHA3)
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t public_key[2592], private_key[4896], signature[4627];
static const uint8_t zeros[32], prefix[2];
static const uint8_t message[] = { 'o', 'n', 'e', ' ', 'o', 'p', 'e', 'r', 'a', 't', 'i', 'o', 'n' };
static size_t length;

/* The measured functions draw no randomness. */
int no_randomness(uint8_t *out, size_t len)
{
    (void)out, (void)len;
    return -1;
}

#define SET(n) \
    int mldsa##n##_keypair_internal(uint8_t *, uint8_t *, const uint8_t *); \
    int mldsa##n##_signature_internal(uint8_t *, size_t *, const uint8_t *, size_t, const uint8_t *, size_t, const uint8_t *, \
                                      const uint8_t *, int); \
    int mldsa##n##_verify_internal(const uint8_t *, size_t, const uint8_t *, size_t, const uint8_t *, size_t, \
                                   const uint8_t *, int); \
    static int keygen##n(void) { return mldsa##n##_keypair_internal(public_key, private_key, zeros); } \
    static int sign##n(void) \
    { \
        return mldsa##n##_signature_internal(signature, &length, message, sizeof message, prefix, 2, zeros, private_key, 0); \
    } \
    static int verify##n(void) \
    { \
        return mldsa##n##_verify_internal(signature, length, message, sizeof message, prefix, 2, public_key, 0); \
    }
SET(44)
SET(65)
SET(87)

/* The kernels, in assembly. Their tables are private to mldsa-native; none of them runs longer or shorter by its contents. */
static const int32_t roots123456[160], roots78[384];
static const uint64_t constants[24];
void mldsa_ntt_aarch64_asm(int32_t *, const int32_t *, const int32_t *);
void mldsa_intt_aarch64_asm(int32_t *, const int32_t *, const int32_t *);
static int32_t polynomial[256];
static uint64_t states[100];
static int ntt(void)
{
    mldsa_ntt_aarch64_asm(polynomial, roots123456, roots78);
    return 0;
}
static int inv_ntt(void)
{
    mldsa_intt_aarch64_asm(polynomial, roots78, roots123456);
    return 0;
}
#define PERMUTATION(name, symbol) \
    void symbol(uint64_t *, const uint64_t *); \
    static int name(void) { return symbol(states, constants), 0; }
#ifdef MLD_SYS_AARCH64_FAST_SHA3
PERMUTATION(keccak1, mldsa_keccak_f1600_x1_v84a_aarch64_asm)
PERMUTATION(keccak2, mldsa_keccak_f1600_x2_v84a_aarch64_asm)
#else
PERMUTATION(keccak1, mldsa_keccak_f1600_x1_scalar_aarch64_asm)
#ifdef __ARM_FEATURE_SHA3
PERMUTATION(keccak4, mldsa_keccak_f1600_x4_v8a_v84a_scalar_hybrid_aarch64_asm)
#else
PERMUTATION(keccak4, mldsa_keccak_f1600_x4_v8a_scalar_hybrid_aarch64_asm)
#endif
#endif

/* The function in which the plugin counts. */
__attribute__((noinline)) int measured(int (*operation)(void))
{
    int result = operation();
    __asm__ volatile("" ::: "memory");
    return result;
}

int main(int count, char **words)
{
    static int (*const operations[3][3])(void) = {
        { keygen44, sign44, verify44 }, { keygen65, sign65, verify65 }, { keygen87, sign87, verify87 }
    };
    static const struct { const char *name; int (*call)(void); } kernels[] = {
        { "ntt", ntt }, { "inv_ntt", inv_ntt }, { "keccak1", keccak1 },
#ifdef MLD_SYS_AARCH64_FAST_SHA3
        { "keccak2", keccak2 },
#else
        { "keccak4", keccak4 },
#endif
    };
    int (*const *set)(void);
    int which;
    if (count != 3) return 2;
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (!strcmp(words[1], kernels[i].name)) return measured(kernels[i].call);
    if (!strchr("ksv", words[1][0]) || !strncmp(words[1], "keccak", 6)) return 2;
    set = operations[atoi(words[2]) == 44 ? 0 : atoi(words[2]) == 65 ? 1 : 2];
    which = words[1][0] == 'k' ? 0 : words[1][0] == 's' ? 1 : 2;
    for (int i = 0; i < which; i++)
        if (set[i]() != 0) return 1;
    return measured(set[which]) != 0;
}
