#define _GNU_SOURCE
#include "include/ccurses.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "guard.h"

// Ends the process by a signal even while its thread is held up by a terminal that takes nothing.

enum { patience_seconds = 2 };

static volatile sig_atomic_t ending;
static int end_descriptor = -1;

int curses_ending(void) { return ending; }

/// Whoever waits for the descriptor is to end the process; if he can't, the alarm does.
static void told_to_end(int signal) {
  int saved = errno;
  if (!ending) {
    ending = signal;
    alarm(patience_seconds);
  }
  uint64_t one = 1;
  // It fails only when it has been told already.
  ssize_t written = write(end_descriptor, &one, sizeof one);
  (void)written;
  errno = saved;
}

/// Only the modes, which need nothing that is written.
static void stuck(int alarm_signal) {
  (void)alarm_signal;
  guard_restore_modes();
  signal(ending, SIG_DFL);
  kill(getpid(), ending);
}

void curses_end_on(int signal, int descriptor) {
  end_descriptor = descriptor;
  struct sigaction action = {.sa_handler = told_to_end, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, NULL);
  action.sa_handler = stuck;
  // From the background the terminal would have the process stop at that.
  sigaddset(&action.sa_mask, SIGTTOU);
  sigaction(SIGALRM, &action, NULL);
}
