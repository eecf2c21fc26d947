#include "cpostgres.h"

#include <dlfcn.h>
#include <stddef.h>

// The names and places of the functions in the order of the table.
#define ENTRY(name) {"PQ" #name, offsetof(cpostgres_functions, name)}

static const struct {
  const char *name;
  size_t place;
} entries[] = {
    ENTRY(libVersion), ENTRY(connectStartParams), ENTRY(connectPoll), ENTRY(status),
    ENTRY(socket), ENTRY(serverVersion), ENTRY(parameterStatus), ENTRY(errorMessage),
    ENTRY(user), ENTRY(finish), ENTRY(setnonblocking), ENTRY(sendQuery), ENTRY(sendQueryParams),
    ENTRY(flush), ENTRY(consumeInput), ENTRY(isBusy), ENTRY(getResult), ENTRY(resultStatus),
    ENTRY(resultErrorField), ENTRY(ntuples), ENTRY(getvalue), ENTRY(getlength),
    ENTRY(getisnull), ENTRY(cmdTuples), ENTRY(cmdStatus), ENTRY(clear),
    ENTRY(notifies), ENTRY(freemem), ENTRY(setNoticeProcessor),
};

_Static_assert(
    sizeof(entries) / sizeof(entries[0]) * sizeof(void *) == sizeof(cpostgres_functions),
    "every function of the table has an entry");

int cpostgres_load(
    const char *name, cpostgres_functions *functions, const char **reason, int *is_found) {
  void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
  *is_found = library != NULL;
  if (library == NULL) {
    *reason = dlerror();
    return -1;
  }
  for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
    void *function = dlsym(library, entries[i].name);
    if (function == NULL) {
      *reason = dlerror();
      return -1;
    }
    *(void **)((char *)functions + entries[i].place) = function;
  }
  return 0;
}

static void discard(void *context, const char *message) {
  (void)context;
  (void)message;
}

void cpostgres_discard_notices(const cpostgres_functions *functions, PGconn *connection) {
  functions->setNoticeProcessor(connection, discard, NULL);
}
