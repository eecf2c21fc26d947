#include "clinux.h"

#include <stddef.h>

static int count;
static char **words;

// glibc passes the program's arguments to constructors.
static void keep(int argc, char **argv, char **envp) {
  (void)envp;
  count = argc;
  words = argv;
}

__attribute__((section(".init_array"), used)) static void (*const constructor)(int, char **,
                                                                               char **) = keep;

int clinux_argument_count(void) { return count; }

const char *clinux_argument(int index) {
  return index >= 0 && index < count ? words[index] : NULL;
}
