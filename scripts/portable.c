/* Functions of newer C libraries that the linked libraries call. With these in a program it runs on
   glibc 2.34 and newer: see link_archives in lib.sh. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

/* In glibc since 2.36; std::random_device calls it. */
__attribute__((visibility("hidden"))) uint32_t arc4random(void) {
  uint32_t number;
  ssize_t count;
  do {
    count = getrandom(&number, sizeof number, 0);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof number) abort();
  return number;
}

/* Has a new version in glibc 2.35, without errno. The squares of floats don't overflow a double. */
__attribute__((visibility("hidden"))) float hypotf(float x, float y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (float)sqrt((double)x * x + (double)y * y);
}
