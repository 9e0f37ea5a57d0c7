// A library to preload: it keeps a log of what a program made durable under one directory, so that a power loss
// can be acted out afterwards, and makes writes and syncs fail when told to.
//
// kill -9 does not test durability, for the page cache survives it. With this log a test cuts every file back to
// the length that was synced, takes back pages that were overwritten and not synced, in any order, and what happened in
// directories that were not synced (power_cut.py).
//
// Environment:
//   SYNC_SHIM_ROOT       the directory to watch; an absolute path without links
//   SYNC_SHIM_LOG        where the log goes, one operation a line; outside the directory
//   SYNC_SHIM_GRAVEYARD  an empty directory on the same file system, for what is unlinked or replaced; in its file
//                        `pages` is what overwritten pages held before
//   SYNC_SHIM_LIE        if set, syncs of files are answered and neither done nor logged: a check that loses
//                        nothing with this cannot fail
//   SYNC_SHIM_READ_ONLY  if set, nothing under the directory can be changed, as on a disk that is mounted read-only
//   SYNC_SHIM_CONTROL    a file of six 64-bit numbers, mapped, which the test writes at any time:
//                        what fails (1 writes, 2 syncs, 3 both), errno, how many to let pass, how many to fail
//                        (negative: all), how many failed (written here), and microseconds that each sync takes
//                        longer
//
// Files are named by their inode, so that renames need no care. Limits: shrinking a file counts as durable; what `write`
// overwrites counts as synced, as `pwrite` alone is used for that; fopen is not watched.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { page_size = 4096 };
enum { fails, error_number, let_pass, times, hits, sync_delay, control_count };

static const char *root, *graveyard;
static int log_file = -1, pages_file = -1, lies, is_read_only;
static int64_t *control;
static unsigned buried, syncs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void prepare(void) {
    root = getenv("SYNC_SHIM_ROOT");
    graveyard = getenv("SYNC_SHIM_GRAVEYARD");
    lies = getenv("SYNC_SHIM_LIE") != NULL;
    is_read_only = getenv("SYNC_SHIM_READ_ONLY") != NULL;
    const char *log = getenv("SYNC_SHIM_LOG"), *control_path = getenv("SYNC_SHIM_CONTROL");
    if (log) log_file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (graveyard) {
        char pages[PATH_MAX];
        snprintf(pages, sizeof pages, "%s/pages", graveyard);
        pages_file = syscall(SYS_openat, AT_FDCWD, pages, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    if (control_path) {
        int file = syscall(SYS_openat, AT_FDCWD, control_path, O_RDWR | O_CLOEXEC, 0);
        void *map = mmap(NULL, control_count * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (map == MAP_FAILED) abort();
        control = map;
        syscall(SYS_close, file);
    }
}

static int is_watched(const char *path) {
    if (!root) return 0;
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

// The absolute path of a name, with its directory resolved; the name itself need not exist.
static int resolve(int directory, const char *name, char *out) {
    char whole[PATH_MAX * 2], base[PATH_MAX], link[64];
    if (!root) return 0;
    if (name[0] == '/') {
        snprintf(whole, sizeof whole, "%s", name);
    } else {
        char parent[PATH_MAX];
        if (directory == AT_FDCWD) {
            if (!getcwd(parent, sizeof parent)) return 0;
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
            ssize_t count = readlink(link, parent, sizeof parent - 1);
            if (count < 0) return 0;
            parent[count] = 0;
        }
        snprintf(whole, sizeof whole, "%s/%s", parent, name);
    }
    size_t length = strlen(whole);
    while (length > 1 && whole[length - 1] == '/') whole[--length] = 0;
    char *slash = strrchr(whole, '/');
    snprintf(base, sizeof base, "%s", slash + 1);
    *(slash == whole ? slash + 1 : slash) = 0;
    if (!realpath(whole, out)) return 0;
    length = strlen(out);
    snprintf(out + length, PATH_MAX - length, "%s%s", length > 1 ? "/" : "", base);
    return is_watched(out);
}

static int path_of(int file, char *out) {
    char link[64];
    if (!root) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t count = readlink(link, out, PATH_MAX - 1);
    if (count < 0) return 0;
    out[count] = 0;
    return is_watched(out);
}

__attribute__((format(printf, 1, 2))) static void record(const char *format, ...) {
    char line[PATH_MAX * 2 + 128];
    va_list list;
    va_start(list, format);
    int count = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (log_file >= 0 && syscall(SYS_write, log_file, line, count) != count) abort();
}

// Whether this operation is one that the test wants to fail; sets errno.
static int injected(int kind, int file) {
    char path[PATH_MAX];
    if (!control || !(__atomic_load_n(&control[fails], __ATOMIC_ACQUIRE) & kind) || !path_of(file, path)) return 0;
    if (__atomic_fetch_sub(&control[let_pass], 1, __ATOMIC_SEQ_CST) > 0) return 0;
    int64_t left = __atomic_load_n(&control[times], __ATOMIC_SEQ_CST);
    if (left == 0) return 0;
    if (left > 0) __atomic_fetch_sub(&control[times], 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&control[hits], 1, __ATOMIC_SEQ_CST);
    errno = (int)control[error_number];
    return 1;
}

// Whether this change of a name is refused because the disk is read-only; sets errno.
static int refused(int directory, const char *name) {
    char path[PATH_MAX];
    if (!is_read_only || !resolve(directory, name, path)) return 0;
    errno = EROFS;
    return 1;
}

// Files: created, written, synced, shortened

static int open_watched(int directory, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    struct stat status;
    if (is_read_only && resolve(directory, name, path)) {
        int exists = stat(path, &status) == 0;
        int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
        if (exists ? changes && !S_ISDIR(status.st_mode) : flags & O_CREAT) {
            errno = EROFS;
            return -1;
        }
    }
    if (!(flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE || !resolve(directory, name, path))
        return syscall(SYS_openat, directory, name, flags, mode);
    pthread_mutex_lock(&lock);
    int existed = stat(path, &status) == 0;
    int file = syscall(SYS_openat, directory, name, flags, mode);
    int error = errno;
    if (file >= 0 && fstat(file, &status) == 0) {
        if (!existed) record("create %lu %s\n", status.st_ino, path);
        else if (flags & O_TRUNC) record("truncate %lu 0\n", status.st_ino);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return file;
}

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }

int open(const char *name, int flags, ...) { MODE_OF(flags) return open_watched(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE_OF(flags) return open_watched(AT_FDCWD, name, flags, mode); }
int openat(int at, const char *name, int flags, ...) { MODE_OF(flags) return open_watched(at, name, flags, mode); }
int openat64(int at, const char *name, int flags, ...) { MODE_OF(flags) return open_watched(at, name, flags, mode); }
int __open_2(const char *name, int flags) { return open_watched(AT_FDCWD, name, flags, 0); }
int __open64_2(const char *name, int flags) { return open_watched(AT_FDCWD, name, flags, 0); }
int creat(const char *name, mode_t mode) { return open_watched(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *name, mode_t mode) { return creat(name, mode); }

ssize_t write(int file, const void *bytes, size_t count) {
    return injected(1, file) ? -1 : syscall(SYS_write, file, bytes, count);
}

// Keeps what the pages hold that are about to be overwritten: a power loss may give each of them back.
static void keep_pages(int file, size_t count, off_t offset) {
    char path[PATH_MAX], page[page_size], name[64];
    struct stat status;
    if (pages_file < 0 || count == 0 || !path_of(file, path) || fstat(file, &status) != 0) return;
    off_t last = (offset + (off_t)count - 1) / page_size;
    if (offset >= status.st_size) return;
    // The file itself may be open for writing alone.
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    int reading = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
    if (reading < 0) abort();
    pthread_mutex_lock(&lock);
    for (off_t number = offset / page_size; number <= last && number * page_size < status.st_size; number++) {
        memset(page, 0, sizeof page);
        if (syscall(SYS_pread64, reading, page, sizeof page, number * page_size) < 0) abort();
        off_t place = lseek(pages_file, 0, SEEK_END);
        if (syscall(SYS_write, pages_file, page, sizeof page) != sizeof page) abort();
        record("overwrite %lu %ld %ld\n", status.st_ino, (long)number, (long)place);
    }
    pthread_mutex_unlock(&lock);
    syscall(SYS_close, reading);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    if (injected(1, file)) return -1;
    keep_pages(file, count, offset);
    return syscall(SYS_pwrite64, file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return pwrite(file, bytes, count, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    return injected(1, file) ? -1 : syscall(SYS_writev, file, parts, count);
}

static int sync_watched(int file, long call) {
    char path[PATH_MAX];
    struct stat status;
    if (!path_of(file, path)) return syscall(call, file);
    if (control) usleep((useconds_t)__atomic_load_n(&control[sync_delay], __ATOMIC_ACQUIRE));
    if (injected(2, file)) return -1;
    // What is written while the sync runs is not promised: the length is the one before it.
    int isKnown = fstat(file, &status) == 0;
    if (isKnown && S_ISDIR(status.st_mode)) {
        // No entry of the directory may change between the sync and its line.
        pthread_mutex_lock(&lock);
        int result = syscall(call, file);
        if (result == 0) record("syncdirectory %lu %s\n", status.st_ino, path);
        pthread_mutex_unlock(&lock);
        return result;
    }
    if (lies) return 0;
    unsigned number = __atomic_add_fetch(&syncs, 1, __ATOMIC_SEQ_CST);
    if (isKnown) record("syncing %lu %u\n", status.st_ino, number);
    int result = syscall(call, file);
    if (result == 0 && isKnown) record("sync %lu %ld %u\n", status.st_ino, (long)status.st_size, number);
    return result;
}

int fsync(int file) { return sync_watched(file, SYS_fsync); }
int fdatasync(int file) { return sync_watched(file, SYS_fdatasync); }

int ftruncate(int file, off_t length) {
    char path[PATH_MAX];
    struct stat status;
    int result = syscall(SYS_ftruncate, file, length);
    if (result == 0 && path_of(file, path) && fstat(file, &status) == 0)
        record("truncate %lu %ld\n", status.st_ino, (long)length);
    return result;
}

int ftruncate64(int file, off64_t length) { return ftruncate(file, length); }

// Directories: entries made, moved, taken away

// Keeps a second name of a file that is about to lose its name: a power loss may give it back.
static void bury(const char *path) {
    char grave[PATH_MAX * 2];
    struct stat status;
    if (!graveyard || lstat(path, &status) != 0 || !S_ISREG(status.st_mode)) return;
    snprintf(grave, sizeof grave, "%s/%d-%u", graveyard, getpid(), buried++);
    if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, grave, 0) != 0) abort();
}

int unlinkat(int directory, const char *name, int flags) {
    char path[PATH_MAX];
    if (refused(directory, name)) return -1;
    if (!resolve(directory, name, path)) return syscall(SYS_unlinkat, directory, name, flags);
    pthread_mutex_lock(&lock);
    bury(path);
    int result = syscall(SYS_unlinkat, directory, name, flags);
    int error = errno;
    if (result == 0) record("remove %s\n", path);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

int remove(const char *name) {
    struct stat status;
    return lstat(name, &status) == 0 && S_ISDIR(status.st_mode) ? rmdir(name) : unlink(name);
}

int renameat(int old_directory, const char *old, int new_directory, const char *new) {
    char from[PATH_MAX], to[PATH_MAX];
    if (refused(old_directory, old) || refused(new_directory, new)) return -1;
    int watches = resolve(old_directory, old, from);
    watches |= resolve(new_directory, new, to);
    if (!watches) return syscall(SYS_renameat, old_directory, old, new_directory, new);
    pthread_mutex_lock(&lock);
    bury(to);
    int result = syscall(SYS_renameat, old_directory, old, new_directory, new);
    int error = errno;
    if (result == 0) record("rename %s\t%s\n", from, to);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }

int linkat(int old_directory, const char *old, int new_directory, const char *new, int flags) {
    char path[PATH_MAX];
    struct stat status;
    if (refused(new_directory, new)) return -1;
    int result = syscall(SYS_linkat, old_directory, old, new_directory, new, flags);
    if (result == 0 && resolve(new_directory, new, path) && stat(path, &status) == 0)
        record("link %lu %s\n", status.st_ino, path);
    return result;
}

int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

int mkdirat(int directory, const char *name, mode_t mode) {
    char path[PATH_MAX];
    struct stat status;
    // What is there already is there, on a disk that is read-only too.
    if (is_read_only && fstatat(directory, name, &status, 0) != 0 && refused(directory, name)) return -1;
    int result = syscall(SYS_mkdirat, directory, name, mode);
    if (result == 0 && resolve(directory, name, path) && stat(path, &status) == 0)
        record("create %lu %s\n", status.st_ino, path);
    return result;
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }
