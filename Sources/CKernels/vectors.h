/// What the loops of this target share: vectors of any processor, and what is done to the values of a row.
#ifndef VECTORS_H
#define VECTORS_H

#include "CKernels.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/// As many numbers as the widest vectors hold; narrower processors take several.
enum { LANES = 16 };
typedef float floats __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t integers __attribute__((vector_size(LANES * 4), aligned(4)));
typedef uint16_t halves __attribute__((vector_size(LANES * 2), aligned(2)));
typedef int8_t octets __attribute__((vector_size(LANES), aligned(1)));

/// Calls `step` with each place of a row and how many values are to be done from there: `LANES`, but for the last.
#define FOR_ROW(columns, step)                                                 \
    do {                                                                       \
        size_t place = 0;                                                      \
        for (; place + LANES <= (columns); place += LANES) step(place, LANES); \
        if (place < (columns)) step(place, (columns) - place);                 \
    } while (0)

INLINE void load(const float *from, size_t count, floats *values) {
    *values = (floats){0};
    memcpy(values, from, count * sizeof(float));
}

INLINE void round_to_even(floats *values) {
    // 1.5 · 2²³ leaves no bits for fractions: adding it rounds to the nearest integer, in the lowest bits.
    *values += 0x1.8p23f;
}

INLINE void gelu(floats *values) {
    floats x = *values;
    floats z = __builtin_elementwise_abs(x) * 0x1.6a09e6p-1f;
    floats p = z * 0.0000430638f + 0.0002765672f;
    p = p * z + 0.0001520143f;
    p = p * z + 0.0092705272f;
    p = p * z + 0.0422820123f;
    p = p * z + 0.0705230784f;
    p = p * z + 1;
    p *= p;
    p *= p;
    p *= p;
    // Infinite for large numbers, whose error function is then 1.
    p *= p;
    floats error = __builtin_elementwise_copysign(1 - 1 / p, x);
    *values = x * 0.5f * (1 + error);
}

INLINE void store_halves(const floats *values, uint16_t *to, size_t count) {
    integers bits = (integers)*values;
    // To the nearest, ties to even; no number stays none.
    integers rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    integers nan = *values != *values;
    rounded = (rounded & ~nan) | (((bits >> 16) | 0x40) & nan);
    halves result = __builtin_convertvector(rounded, halves);
    memcpy(to, &result, count * sizeof(uint16_t));
}

/// Stores `count` scaled values of a product from `place` of a row on, as `end` says.
INLINE void store_end(floats *value, enum ck_end end, void *row, size_t place, size_t count) {
    if (end == CK_GELU) gelu(value);
    if (end == CK_ADD) {
        floats before;
        load((const float *)row + place, count, &before);
        *value += before;
    }
    if (end == CK_HALVE) {
        store_halves(value, (uint16_t *)row + place, count);
    } else {
        memcpy((float *)row + place, value, count * sizeof(float));
    }
}

#endif
