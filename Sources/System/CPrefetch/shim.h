// The compiler's prefetch, which Swift has no name for.
static inline void prefetch(const void *address) {
    __builtin_prefetch(address);
}
