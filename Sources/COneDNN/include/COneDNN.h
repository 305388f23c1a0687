/// oneDNN, and the one call of its OpenMP that matters here.
#ifndef CONEDNN_H
#define CONEDNN_H

#include <oneapi/dnnl/dnnl.h>

/// How many threads the calling thread's next calls of oneDNN use: a setting of each thread, kept beside its stack.
void omp_set_num_threads(int count);

#endif
