#define _GNU_SOURCE
#include "guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

// Swift traps raise SIGILL or SIGTRAP.
static const int crashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE};
enum { crash_count = sizeof crashes / sizeof *crashes };

static struct sigaction previous[crash_count];
static struct termios modes;
static int has_modes;
static char restoring[512];
static size_t restoring_count;
static int held = -1;         // a memfd that replaces standard error
static int real_errors = -1;  // the original standard error

int guard_add_byte(int byte) {
  if (restoring_count < sizeof restoring) restoring[restoring_count++] = (char)byte;
  return byte;
}

void guard_add(const char *text) {
  while (*text) guard_add_byte((unsigned char)*text++);
}

static void put_back(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(descriptor, bytes, count);
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

void guard_hold_errors(void) {
  if (held >= 0) return;
  held = memfd_create("stderr", MFD_CLOEXEC);
  if (held < 0) return;
  real_errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  dup2(held, STDERR_FILENO);
}

// Async-signal-safe.
void guard_release_errors(void) {
  if (held < 0) return;
  dup2(real_errors, STDERR_FILENO);
  close(real_errors);
  char bytes[1024];
  off_t position = 0;
  ssize_t count;
  while ((count = pread(held, bytes, sizeof bytes, position)) > 0) {
    put_back(STDERR_FILENO, bytes, (size_t)count);
    position += count;
  }
  close(held);
  held = -1;
}

void guard_restore_modes(void) {
  if (has_modes) tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

static void restore_terminal(void) {
  put_back(STDOUT_FILENO, restoring, restoring_count);
  guard_restore_modes();
  guard_release_errors();
}

/// Restores the terminal and the previous handlers. On return a fault recurs; a sent signal, or
/// SIGTRAP, must be raised again.
static void crashed(int signal, siginfo_t *info, void *context) {
  (void)context;
  restore_terminal();
  for (int i = 0; i < crash_count; i++) sigaction(crashes[i], &previous[i], NULL);
  if (info->si_code <= 0 || signal == SIGTRAP) raise(signal);
}

void guard_install(void) {
  has_modes = tcgetattr(STDIN_FILENO, &modes) == 0;
  restoring_count = 0;
  struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_ONSTACK | SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < crash_count; i++) sigaction(crashes[i], &action, &previous[i]);
  guard_hold_errors();
}

void guard_remove(void) {
  for (int i = 0; i < crash_count; i++) sigaction(crashes[i], &previous[i], NULL);
  guard_release_errors();
}
