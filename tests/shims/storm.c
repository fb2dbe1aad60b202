/* A library to be loaded before the program (LD_PRELOAD): it makes the clock fast, and it kills the program or
 * makes a call fail at a chosen write, sync, rename, creation or removal of a file below a folder.
 *
 * STORM_UNDER  the folder; calls elsewhere are left alone
 * STORM_SPEED  seconds of the program in a true second (1)
 * STORM_KINDS  which calls count: w writes and cuts, s syncs, r renames, o creations and removals (all)
 * STORM_AT     the number of the first call that is hit, from 1 (none)
 * STORM_EVERY  hit again after so many further calls (never)
 * STORM_DO     "kill" before the call, "tear" half-way through a write and then kill, or the number of an error
 * STORM_COUNT  a file that is told, when the program ends, how many calls counted
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { KILL = -1, TEAR = -2 };

static const char *under, *kinds, *count_file;
static long speed = 1, at, every, action;
static atomic_long calls;
static struct timespec base;
static long (*real_syscall)(long, ...);

static long number(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

static void now(clockid_t clock, struct timespec *time) {
    real_syscall(SYS_clock_gettime, clock, time);
}

__attribute__((constructor)) static void begin(void) {
    if (real_syscall) return;
    real_syscall = dlsym(RTLD_NEXT, "syscall");
    under = getenv("STORM_UNDER");
    kinds = getenv("STORM_KINDS");
    count_file = getenv("STORM_COUNT");
    speed = number("STORM_SPEED", 1);
    at = number("STORM_AT", 0);
    every = number("STORM_EVERY", 0);
    const char *what = getenv("STORM_DO");
    action = !what || !strcmp(what, "kill") ? KILL : !strcmp(what, "tear") ? TEAR : atol(what);
    now(CLOCK_MONOTONIC, &base);
}

__attribute__((destructor)) static void end(void) {
    if (!count_file) return;
    char text[32];
    int length = snprintf(text, sizeof text, "%ld", atomic_load(&calls));
    long file = real_syscall(SYS_openat, AT_FDCWD, count_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    real_syscall(SYS_write, file, text, (long)length);
    real_syscall(SYS_close, file);
}

static long long nanos(const struct timespec *time) {
    return time->tv_sec * 1000000000LL + time->tv_nsec;
}

static void set(struct timespec *time, long long value) {
    time->tv_sec = value / 1000000000LL;
    time->tv_nsec = value % 1000000000LL;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    begin();
    now(clock, time);
    if (clock == CLOCK_MONOTONIC) set(time, nanos(&base) + (nanos(time) - nanos(&base)) * speed);
    return 0;
}

/* The standard library waits with a deadline on the clock that it was shown: it is brought back to the true one. */
long syscall(long which, ...) {
    begin();
    long a[6];
    va_list list;
    va_start(list, which);
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    struct timespec true_one;
    const struct timespec *asked = (const struct timespec *)a[3];
    if (which == SYS_futex && asked && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET && !(a[1] & FUTEX_CLOCK_REALTIME)) {
        set(&true_one, nanos(&base) + (nanos(asked) - nanos(&base)) / speed);
        a[3] = (long)&true_one;
    }
    return real_syscall(which, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int below(const char *path) {
    size_t length = under ? strlen(under) : 0;
    return length && path && !strncmp(path, under, length) && (path[length] == '/' || !path[length]);
}

static int below_file(int file) {
    char link[40], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    long length = real_syscall(SYS_readlinkat, AT_FDCWD, link, path, (long)sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* Counts a call; 0, or what is to happen. It is killed here, if it is not to be torn. */
static long hit(char kind, int concerned) {
    if (!concerned || (kinds && !strchr(kinds, kind))) return 0;
    long call = atomic_fetch_add(&calls, 1) + 1;
    if (!at || call < at || (call > at && (!every || (call - at) % every))) return 0;
    if (action == KILL || (action == TEAR && kind != 'w')) raise(SIGKILL);
    if (action > 0) errno = (int)action;
    return action;
}

#define TRUE_ONE(name, result, ...)                                                                                    \
    static result (*real)(__VA_ARGS__);                                                                                \
    begin();                                                                                                           \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int file, const void *bytes, size_t length) {
    TRUE_ONE("write", ssize_t, int, const void *, size_t);
    long what = hit('w', below_file(file));
    if (what == TEAR) {
        real(file, bytes, length / 2);
        raise(SIGKILL);
    }
    return what ? -1 : real(file, bytes, length);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    TRUE_ONE("writev", ssize_t, int, const struct iovec *, int);
    long what = hit('w', below_file(file));
    if (what == TEAR) {
        real(file, parts, count / 2);
        raise(SIGKILL);
    }
    return what ? -1 : real(file, parts, count);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t place) {
    TRUE_ONE("pwrite64", ssize_t, int, const void *, size_t, off64_t);
    long what = hit('w', below_file(file));
    if (what == TEAR) {
        real(file, bytes, length / 2, place);
        raise(SIGKILL);
    }
    return what ? -1 : real(file, bytes, length, place);
}

int ftruncate64(int file, off64_t length) {
    TRUE_ONE("ftruncate64", int, int, off64_t);
    long what = hit('w', below_file(file));
    if (what == TEAR) raise(SIGKILL);
    return what ? -1 : real(file, length);
}

int fsync(int file) {
    TRUE_ONE("fsync", int, int);
    return hit('s', below_file(file)) ? -1 : real(file);
}

int fdatasync(int file) {
    TRUE_ONE("fdatasync", int, int);
    return hit('s', below_file(file)) ? -1 : real(file);
}

int rename(const char *from, const char *to) {
    TRUE_ONE("rename", int, const char *, const char *);
    return hit('r', below(from) || below(to)) ? -1 : real(from, to);
}

int unlink(const char *path) {
    TRUE_ONE("unlink", int, const char *);
    return hit('o', below(path)) ? -1 : real(path);
}

int mkdir(const char *path, mode_t mode) {
    TRUE_ONE("mkdir", int, const char *, mode_t);
    return hit('o', below(path)) ? -1 : real(path, mode);
}

int open64(const char *path, int flags, ...) {
    TRUE_ONE("open64", int, const char *, int, ...);
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
    va_end(list);
    return hit('o', (flags & O_CREAT) && below(path)) ? -1 : real(path, flags, mode);
}
