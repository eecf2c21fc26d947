#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

int clinux_look(const char *path, struct clinux_place *place) {
  struct statx found;
  if (statx(AT_FDCWD, path, AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS, &found) != 0) return -1;
  place->device = (uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor;
  place->inode = found.stx_ino;
  place->names = found.stx_nlink;
  place->is_file = S_ISREG(found.stx_mode);
  // Kernels before 5.8 don't set the bit.
  place->is_mount_point = (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  return 0;
}

ssize_t clinux_access_list(const char *path, void *bytes, size_t size) {
  ssize_t count = getxattr(path, "system.posix_acl_access", bytes, size);
  return count < 0 && (errno == ENODATA || errno == EOPNOTSUPP) ? 0 : count;
}

int clinux_is_delegated(const char *path) {
  char value[2];
  ssize_t size = getxattr(path, "user.delegate", value, sizeof value);
  if (size < 0) size = getxattr(path, "trusted.delegate", value, sizeof value);
  return size == 1 && value[0] == '1';
}

// The paths for the signal handler, which may not format them itself.
static char draft[4][PATH_MAX + 16];
static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ, SIGXCPU};
static const int deadly_count = sizeof deadly / sizeof *deadly;
static sigset_t handled;
static int is_taken;

static void remove_and_die(int signal) {
  for (int index = 3; index >= 0; index--) unlink(draft[index]);
  raise(signal);  // SA_RESETHAND has restored the default.
}

int clinux_remove_if_killed(const char *path) {
  if (__atomic_exchange_n(&is_taken, 1, __ATOMIC_ACQUIRE) != 0) return -1;
  static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
  for (int index = 0; index < 4; index++) {
    snprintf(draft[index], sizeof draft[index], "%s%s", path, suffixes[index]);
  }
  sigemptyset(&handled);
  struct sigaction action = {.sa_handler = remove_and_die, .sa_flags = SA_RESETHAND | SA_NODEFER};
  for (int index = 0; index < deadly_count; index++) {
    struct sigaction before;
    if (sigaction(deadly[index], NULL, &before) != 0 || before.sa_handler != SIG_DFL) continue;
    if (sigaction(deadly[index], &action, NULL) == 0) sigaddset(&handled, deadly[index]);
  }
  return 0;
}

void clinux_stop_removing(void) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int index = 0; index < deadly_count; index++) {
    if (sigismember(&handled, deadly[index])) sigaction(deadly[index], &action, NULL);
  }
  __atomic_store_n(&is_taken, 0, __ATOMIC_RELEASE);
}
