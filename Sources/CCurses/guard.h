// Restores the terminal after a crash, and buffers standard error while the screen is up.
#ifndef GUARD_H
#define GUARD_H

/// Saves the terminal's modes, installs crash handlers, and starts buffering standard error.
void guard_install(void);

/// Undoes guard_install and prints the buffered errors.
void guard_remove(void);

/// Restores the saved terminal modes. Async-signal-safe.
void guard_restore_modes(void);

/// Appends to the text sent to the terminal after a crash.
void guard_add(const char *text);

/// Appends one byte; has the signature that tputs requires.
int guard_add_byte(int byte);

/// Starts buffering standard error.
void guard_hold_errors(void);

/// Stops buffering and prints the buffered errors.
void guard_release_errors(void);

#endif
