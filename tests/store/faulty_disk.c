/*
 * A disk that fails or ends the process at the k-th call, for one folder alone; preloaded into a process under test.
 *
 * Counted are the calls that change files under FAULTY_DISK_FOLDER: writes, flushes, renames, truncations, removals,
 * new files and folders. SQLite's own come by here as Python's do. What happens at call number FAULTY_DISK_AT (from 1;
 * 0 only counts) is FAULTY_DISK_HOW:
 *
 *   fail        it fails with the errno FAULTY_DISK_ERROR; the next one works again
 *   fail-on     it and all after it fail
 *   short       it writes half, and the next one fails
 *   kill        SIGKILL before it
 *   kill-half   SIGKILL after half of what it should write
 *   kill-after  SIGKILL after it
 *
 * Each call begun and ended gives FAULTY_DISK_TRACE a line: number, "b" or "e", nanoseconds of the monotonic clock,
 * name, path. A forked process reads the variables anew and counts from 1.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum how { FAIL, FAIL_ON, SHORT, KILL, KILL_HALF, KILL_AFTER };
static const char *const HOW[] = {"fail", "fail-on", "short", "kill", "kill-half", "kill-after"};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile pid_t configured;
static char folder[PATH_MAX];
static size_t folder_length;
static long at, count;
static int failure, trace = -1;
static enum how how;
static __thread long number;
static __thread int dies;

#define REAL(type, name, ...)                                 \
    static type (*real)(__VA_ARGS__);                         \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int really_open(const char *path, int flags, mode_t mode) {
    REAL(int, "open", const char *, int, ...);
    return real(path, flags, mode);
}

static ssize_t really_write(int fd, const void *what, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(fd, what, size);
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static void configure(void) {
    pid_t self = getpid();
    if (configured == self) return;
    pthread_mutex_lock(&lock);
    if (configured != self) {
        snprintf(folder, sizeof folder, "%s", variable("FAULTY_DISK_FOLDER"));
        folder_length = strlen(folder);
        at = atol(variable("FAULTY_DISK_AT"));
        failure = atoi(variable("FAULTY_DISK_ERROR"));
        count = 0;
        how = FAIL;
        for (int i = FAIL; i <= KILL_AFTER; i++)
            if (!strcmp(variable("FAULTY_DISK_HOW"), HOW[i])) how = (enum how)i;
        const char *path = variable("FAULTY_DISK_TRACE");
        trace = *path ? really_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
        configured = self;
    }
    pthread_mutex_unlock(&lock);
}

static int inside(const char *path) {
    if (!folder_length || strncmp(path, folder, folder_length)) return 0;
    return path[folder_length] == '/' || !path[folder_length];
}

/* Find the path of a descriptor; 0 if the folder does not hold it. */
static int concerns(int fd, char *path) {
    char link[40];
    int before = errno;
    configure();
    if (!folder_length) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    errno = before;
    if (length <= 0) return 0;
    path[length] = 0;
    return inside(path);
}

/* Make a path absolute; 0 if the folder does not hold it. */
static int concerns_path(int at_folder, const char *given, char *path) {
    int before = errno;
    configure();
    if (!folder_length) return 0;
    if (*given == '/') {
        snprintf(path, PATH_MAX, "%s", given);
    } else {
        char link[40], base[PATH_MAX];
        snprintf(link, sizeof link, at_folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", at_folder);
        ssize_t length = readlink(link, base, sizeof base - 1);
        if (length < 0) length = 0;
        base[length] = 0;
        if (snprintf(path, PATH_MAX, "%s/%s", base, given) >= PATH_MAX) path[PATH_MAX - 1] = 0;
    }
    errno = before;
    return inside(path);
}

static void note(long k, char when, const char *name, const char *path) {
    if (trace < 0) return;
    char line[PATH_MAX + 100];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(line, sizeof line, "%ld %c %lld %s %s\n", k, when,
                          (long long)now.tv_sec * 1000000000LL + now.tv_nsec, name, path);
    int before = errno;
    if (really_write(trace, line, (size_t)length) < 0) abort();
    errno = before;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Count a call; 0 if it shall fail. What a write may write is shortened. */
static int begun(const char *name, const char *path, size_t *size) {
    long k = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    number = k;
    dies = 0;
    note(k, 'b', name, path);
    if (!at || k < at) return 1;
    if (k == at) {
        if (how == KILL || (how == KILL_HALF && !size)) die();
        dies = how == KILL_AFTER || how == KILL_HALF;
        if (size && *size > 1 && (how == KILL_HALF || how == SHORT)) {
            *size /= 2;
            return 1;
        }
        if (dies) return 1;
    }
    if (k == at || how == FAIL_ON || (how == SHORT && k == at + 1)) {
        note(k, 'f', name, path);
        errno = failure;
        return 0;
    }
    return 1;
}

static void ended(const char *name, const char *path) {
    if (dies) die();
    note(number, 'e', name, path);
}

#define WRITER(type, name, takes, gives)                       \
    ssize_t name takes {                                       \
        REAL(ssize_t, #name, type);                            \
        char path[PATH_MAX];                                   \
        if (!concerns(fd, path)) return real gives;            \
        if (!begun(#name, path, &size)) return -1;             \
        ssize_t done = real gives;                             \
        ended(#name, path);                                    \
        return done;                                           \
    }
#define COMMA ,
WRITER(int COMMA const void * COMMA size_t, write, (int fd, const void *what, size_t size), (fd, what, size))
WRITER(int COMMA const void * COMMA size_t COMMA off_t, pwrite,
       (int fd, const void *what, size_t size, off_t place), (fd, what, size, place))
WRITER(int COMMA const void * COMMA size_t COMMA off64_t, pwrite64,
       (int fd, const void *what, size_t size, off64_t place), (fd, what, size, place))

static size_t length_of(const struct iovec *parts, int n) {
    size_t total = 0;
    for (int i = 0; i < n; i++) total += parts[i].iov_len;
    return total;
}

/* Keep so many bytes of the parts; return how many parts that are. */
static int cut(struct iovec *into, const struct iovec *parts, int n, size_t size) {
    int used = 0;
    for (; used < n && size; used++) {
        into[used] = parts[used];
        if (into[used].iov_len > size) into[used].iov_len = size;
        size -= into[used].iov_len;
    }
    return used;
}

#define VECTOR_WRITER(type, name, takes, gives)                \
    ssize_t name takes {                                       \
        REAL(ssize_t, #name, type);                            \
        char path[PATH_MAX];                                   \
        struct iovec some[IOV_MAX];                            \
        size_t size = length_of(parts, n);                     \
        if (n > IOV_MAX || !concerns(fd, path)) return real gives; \
        if (!begun(#name, path, &size)) return -1;             \
        n = cut(some, parts, n, size);                         \
        parts = some;                                          \
        ssize_t done = real gives;                             \
        ended(#name, path);                                    \
        return done;                                           \
    }
VECTOR_WRITER(int COMMA const struct iovec * COMMA int, writev, (int fd, const struct iovec *parts, int n),
              (fd, parts, n))
VECTOR_WRITER(int COMMA const struct iovec * COMMA int COMMA off_t, pwritev,
              (int fd, const struct iovec *parts, int n, off_t place), (fd, parts, n, place))
VECTOR_WRITER(int COMMA const struct iovec * COMMA int COMMA off64_t, pwritev64,
              (int fd, const struct iovec *parts, int n, off64_t place), (fd, parts, n, place))

#define BY_DESCRIPTOR(type, name, takes, gives)                \
    int name takes {                                           \
        REAL(int, #name, type);                                \
        char path[PATH_MAX];                                   \
        if (!concerns(fd, path)) return real gives;            \
        if (!begun(#name, path, NULL)) return -1;              \
        int done = real gives;                                 \
        ended(#name, path);                                    \
        return done;                                           \
    }
BY_DESCRIPTOR(int, fsync, (int fd), (fd))
BY_DESCRIPTOR(int, fdatasync, (int fd), (fd))
BY_DESCRIPTOR(int COMMA off_t, ftruncate, (int fd, off_t size), (fd, size))
BY_DESCRIPTOR(int COMMA off64_t, ftruncate64, (int fd, off64_t size), (fd, size))

#define BY_PATH(type, name, takes, where, which, gives)        \
    int name takes {                                           \
        REAL(int, #name, type);                                \
        char path[PATH_MAX];                                   \
        if (!concerns_path(where, which, path)) return real gives; \
        if (!begun(#name, path, NULL)) return -1;              \
        int done = real gives;                                 \
        ended(#name, path);                                    \
        return done;                                           \
    }
BY_PATH(const char * COMMA const char *, rename, (const char *from, const char *to), AT_FDCWD, to, (from, to))
BY_PATH(int COMMA const char * COMMA int COMMA const char *, renameat,
        (int a, const char *from, int b, const char *to), b, to, (a, from, b, to))
BY_PATH(int COMMA const char * COMMA int COMMA const char * COMMA unsigned int, renameat2,
        (int a, const char *from, int b, const char *to, unsigned int flags), b, to, (a, from, b, to, flags))
BY_PATH(const char *, unlink, (const char *which), AT_FDCWD, which, (which))
BY_PATH(const char * COMMA mode_t, mkdir, (const char *which, mode_t mode), AT_FDCWD, which, (which, mode))

#define MODE                          \
    mode_t mode = 0;                  \
    if (flags & O_CREAT) {            \
        va_list more;                 \
        va_start(more, flags);        \
        mode = va_arg(more, mode_t);  \
        va_end(more);                 \
    }
/* Only a file that is not there yet is a change. */
#define OPENER(type, name, takes, where, gives)                \
    int name takes {                                           \
        REAL(int, #name, type COMMA...);                       \
        char path[PATH_MAX];                                   \
        MODE                                                   \
        if (!(flags & O_CREAT) || !concerns_path(where, which, path) || !access(path, F_OK)) return real gives; \
        if (!begun(#name, path, NULL)) return -1;              \
        int done = real gives;                                 \
        ended(#name, path);                                    \
        return done;                                           \
    }
OPENER(const char * COMMA int, open, (const char *which, int flags, ...), AT_FDCWD, (which, flags, mode))
OPENER(const char * COMMA int, open64, (const char *which, int flags, ...), AT_FDCWD, (which, flags, mode))
OPENER(int COMMA const char * COMMA int, openat, (int base, const char *which, int flags, ...), base,
       (base, which, flags, mode))
OPENER(int COMMA const char * COMMA int, openat64, (int base, const char *which, int flags, ...), base,
       (base, which, flags, mode))
