/* One operation of mldsa-native, for instruction counts beside ours: see docs/performance.md. Seed, message and rnd are those
 * of checks/instructions/src/main.rs; here the count includes mu.
 *
 * With N, the folder of the crate mldsa-native-rs 0.0.1-alpha.6, H=$N/mldsa-build-harness, and ARCH one of armv8-a,
 * armv8.4-a+sha3 (add -DMLD_SYS_AARCH64_FAST_SHA3 for what Apple's systems get):
 *
 *   aarch64-linux-gnu-gcc -O3 -fomit-frame-pointer -march=ARCH -I$N/mldsa-native/mldsa -I$H -Drandombytes=no_randomness \
 *       -DMLD_CONFIG_NAMESPACE_PREFIX=mldsa -DMLD_CONFIG_USE_NATIVE_BACKEND_ARITH -DMLD_CONFIG_USE_NATIVE_BACKEND_FIPS202 \
 *       mldsa_native.c $H/mldsa_native_all.c $H/mldsa_native_asm_all.S -o mldsa_native
 *   qemu-aarch64 -cpu max -L /usr/aarch64-linux-gnu -d plugin -plugin ./instructions.so,in=measured \
 *       ./mldsa_native keygen|sign|verify 44|65|87
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
    int (*const *set)(void);
    int which;
    if (count != 3) return 2;
    set = operations[atoi(words[2]) == 44 ? 0 : atoi(words[2]) == 65 ? 1 : 2];
    which = words[1][0] == 'k' ? 0 : words[1][0] == 's' ? 1 : 2;
    for (int i = 0; i < which; i++)
        if (set[i]() != 0) return 1;
    return measured(set[which]) != 0;
}
