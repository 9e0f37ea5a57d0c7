#define XXH_INLINE_ALL
#include <xxhash.h>

// With XXH_INLINE_ALL the library's names are macros, which Swift does not see.
static inline uint64_t xxh3_64_with_seed(const void *bytes, size_t count, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, count, seed);
}
