// Terminfo lookups, kept apart because <term.h> defines everyday words as macros.
#ifndef CAPABILITIES_H
#define CAPABILITIES_H

#include "ccurses.h"

/// Loads the terminal's terminfo entry.
enum curses_result capabilities_load(const char *name);

/// Passes each byte of the sequences that restore the terminal to `take`.
void capabilities_restoring(int (*take)(int));

#endif
