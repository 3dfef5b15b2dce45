/* Runs a compiled program on memory that a job describes; emulated.py writes the job and reads what comes back.
 *
 * A job is a row of 8-byte words:
 *   how many blobs; for each its size and whether its bytes follow (padded to 8), else it is zeros;
 *   how many pointers; for each the blob and the byte where it stands, and the blob that it points to;
 *   the blob and the byte where the address of the function that lets other threads run stands;
 *   the floating-point mode that the caller has;
 *   how many threads; for each the blob that is its frame;
 *   how many blobs are wanted back; for each which.
 * What comes back: the floating-point mode after the call, then those blobs' bytes.
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void ENTRY(void *frame); /* the compiler is told which: train or evaluate */

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(2);
}

static uint64_t word(FILE *job) {
  uint64_t value;
  if (fread(&value, sizeof value, 1, job) != 1) fail("the job ends too early");
  return value;
}

static void let_others_run(void) { sched_yield(); }

static uint64_t float_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}

static void set_float_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }

static void *run(void *frame) {
  ENTRY(frame);
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: program JOB RESULT");
  FILE *job = fopen(arguments[1], "rb");
  if (!job) fail("no job");

  uint64_t blobs = word(job);
  char **blob = calloc(blobs, sizeof *blob);
  uint64_t *size = calloc(blobs, sizeof *size);
  for (uint64_t i = 0; i < blobs; i++) {
    size[i] = word(job);
    uint64_t follows = word(job), room = (size[i] + 63) / 64 * 64 + 64;
    blob[i] = aligned_alloc(64, room);
    if (!blob[i]) fail("no memory");
    for (uint64_t j = 0; j < room; j++) blob[i][j] = 0;
    uint64_t stored = (size[i] + 7) / 8 * 8;
    if (follows && fread(blob[i], 1, stored, job) != stored) fail("the job ends too early");
  }
  for (uint64_t i = word(job); i > 0; i--) {
    uint64_t where = word(job), at = word(job), to = word(job);
    *(void **)(blob[where] + at) = blob[to];
  }
  uint64_t where = word(job), at = word(job);
  *(void (**)(void))(blob[where] + at) = let_others_run;

  uint64_t mode = word(job), threads = word(job);
  pthread_t *thread = calloc(threads, sizeof *thread);
  void *own = blob[word(job)];
  for (uint64_t i = 1; i < threads; i++)
    if (pthread_create(&thread[i], NULL, run, blob[word(job)])) fail("no thread");
  set_float_mode(mode);
  run(own);
  mode = float_mode();
  set_float_mode(0);
  for (uint64_t i = 1; i < threads; i++) pthread_join(thread[i], NULL);

  FILE *result = fopen(arguments[2], "wb");
  if (!result || fwrite(&mode, sizeof mode, 1, result) != 1) fail("no result");
  for (uint64_t i = word(job); i > 0; i--) {
    uint64_t wanted = word(job);
    if (fwrite(blob[wanted], 1, size[wanted], result) != size[wanted]) fail("no result");
  }
  return fclose(result) ? 2 : 0;
}
