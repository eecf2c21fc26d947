// Puts the terminal back when the program crashes, and keeps standard error off the screen while it
// is up.
#ifndef GUARD_H
#define GUARD_H

/// Remembers the terminal's modes, watches for crashes, and holds standard error back.
void guard_install(void);

/// Ends all of that; what was held back is shown.
void guard_remove(void);

/// Gives the terminal the modes back that it had. May be called in a signal handler.
void guard_restore_modes(void);

/// Adds to what is sent to the terminal after a crash.
void guard_add(const char *text);

/// The same for one byte, in the form that tputs wants.
int guard_add_byte(int byte);

/// Holds back what is written to standard error from here on.
void guard_hold_errors(void);

/// Shows what was held back, and holds nothing back any more.
void guard_release_errors(void);

#endif
