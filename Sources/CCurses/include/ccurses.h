// The part of ncurses that `top` uses, without macros and WINDOW. Call it from one thread.
#ifndef CCURSES_H
#define CCURSES_H

#include <stdbool.h>

enum curses_result {
  CURSES_STARTED = 0,
  /// No terminfo entry has this name.
  CURSES_UNKNOWN_TERMINAL = 1,
  /// The terminal can't position its cursor.
  CURSES_UNUSABLE_TERMINAL = 2,
};

/// Takes over the terminal on stdin and stdout, of terminfo name `name`. Keys arrive unbuffered and
/// unechoed, and ^C still sends INT. Standard error is buffered until ``curses_stop``.
enum curses_result curses_start(const char *name, bool wants_color);

/// Restores the terminal and prints the buffered standard error.
void curses_stop(void);

/// Restores the terminal until ``curses_resume``.
void curses_pause(void);

/// Takes the terminal over again and redraws.
void curses_resume(void);

/// The number of colours; 0 if unsupported or unwanted.
int curses_colors(void);

/// Whether the terminal has an alternate screen, which also implies modern sequences.
bool curses_has_screen(void);

/// The bytes sent by a key, by its terminfo name such as "kcuu1"; NULL if unsupported.
const char *curses_key_sequence(const char *capability);

/// Defines style `number` (0 to 63). `color` is 0 to 255, or -1 for the default.
void curses_define_style(int number, int color, bool bold, bool dim, bool reverse);

/// Reads the terminal's size and resizes the screen to it.
void curses_fit(int *rows, int *columns);

void curses_erase(void);

/// Draws `count` bytes of text, which must fit into the row.
void curses_put(int row, int column, const char *text, int count, int style);

/// Updates the terminal and places the cursor; a negative row hides it.
void curses_show(int row, int column);

/// Makes the next ``curses_show`` redraw everything.
void curses_draw_anew(void);

void curses_send(const char *bytes, int count);

/// Switches SGR mouse reports on or off.
void curses_use_mouse(bool wanted);

/// On `signal`, makes `descriptor` (an eventfd) readable. If the process hasn't exited 2 s later,
/// ends it, because the drawing thread may block on the terminal.
void curses_end_on(int signal, int descriptor);

/// The first such signal received; 0 for none.
int curses_ending(void);

#endif
