// What glibc's allocator has beside ISO C, which Swift's Glibc leaves out.
#include <malloc.h>
