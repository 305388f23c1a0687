#include "vectors.h"

#include <math.h>

// Under the thread sanitizer nothing is decided then: its runtime isn't there yet, and the code that decides would call it.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
/// Compiled for each of these; which one is called is decided as the program is loaded.
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif
INLINE void quantize_row(const float *values, size_t columns, int8_t *bytes, float *scale) {
    // Without their signs, floats compare as integers do, those that are no number above all.
    integers greatest_bits = {0};
#define GREATEST(place, count)                                                                    \
    do {                                                                                          \
        floats some;                                                                              \
        load(values + (place), count, &some);                                                     \
        greatest_bits = __builtin_elementwise_max(greatest_bits, (integers)some & 0x7FFFFFFF);    \
    } while (0)
    FOR_ROW(columns, GREATEST);
    int32_t bits = __builtin_reduce_max(greatest_bits);
    float greatest;
    memcpy(&greatest, &bits, sizeof greatest);
    float factor = 127 / greatest;
    if (!(greatest > 0) || !isfinite(greatest) || !isfinite(factor)) {
        memset(bytes, 0, columns);
        *scale = 0;
        return;
    }
#define QUANTIZE(place, count)                                            \
    do {                                                                  \
        floats some;                                                      \
        load(values + (place), count, &some);                             \
        some *= factor;                                                   \
        round_to_even(&some);                                             \
        octets result = __builtin_convertvector((integers)some, octets);  \
        memcpy(bytes + (place), &result, count);                          \
    } while (0)
    FOR_ROW(columns, QUANTIZE);
    *scale = greatest / 127;
}

FOR_EACH_PROCESSOR
void ck_quantize(const float *values, size_t rows, size_t columns, int8_t *bytes, float *scales) {
    for (size_t row = 0; row < rows; row++) {
        quantize_row(values + row * columns, columns, bytes + row * columns, scales + row);
    }
}

INLINE void scale_row(const float *product, size_t columns, float row_scale, const float *column_scales,
                      const float *bias, enum ck_end end, void *result) {
#define SCALE(place, count)                               \
    do {                                                  \
        floats value, scale, shift;                       \
        load(product + (place), count, &value);           \
        load(column_scales + (place), count, &scale);     \
        load(bias + (place), count, &shift);              \
        value = value * row_scale * scale + shift;        \
        store_end(&value, end, result, place, count);      \
    } while (0)
    FOR_ROW(columns, SCALE);
}

FOR_EACH_PROCESSOR
void ck_scale(const float *product, size_t rows, size_t columns, const float *row_scales, const float *column_scales,
              const float *bias, enum ck_end end, void *result) {
    size_t size = end == CK_HALVE ? sizeof(uint16_t) : sizeof(float);
    for (size_t row = 0; row < rows; row++) {
        const float *values = product + row * columns;
        void *target = (char *)result + row * columns * size;
        // Each is a loop of its own: no decision is made for each value.
        switch (end) {
        case CK_REPLACE: scale_row(values, columns, row_scales[row], column_scales, bias, CK_REPLACE, target); break;
        case CK_ADD: scale_row(values, columns, row_scales[row], column_scales, bias, CK_ADD, target); break;
        case CK_GELU: scale_row(values, columns, row_scales[row], column_scales, bias, CK_GELU, target); break;
        case CK_HALVE: scale_row(values, columns, row_scales[row], column_scales, bias, CK_HALVE, target); break;
        }
    }
}

/// A quotient of polynomials; beyond ±7.9 the tangent is ±1 in floats. Eigen's coefficients (ptanh_float).
INLINE void tangent(floats *values) {
    floats x = __builtin_elementwise_min(__builtin_elementwise_max(*values, (floats){0} - 7.905f), (floats){0} + 7.905f);
    floats z = x * x;
    floats p = z * -2.76076847742355e-16f + 2.00018790482477e-13f;
    p = p * z - 8.60467152213735e-11f;
    p = p * z + 5.12229709037114e-08f;
    p = p * z + 1.48572235717979e-05f;
    p = p * z + 6.37261928875436e-04f;
    p = p * z + 4.89352455891786e-03f;
    floats q = z * 1.19825839466702e-06f + 1.18534705686654e-04f;
    q = q * z + 2.26843463243900e-03f;
    q = q * z + 4.89352518554385e-03f;
    *values = x * p / q;
}

FOR_EACH_PROCESSOR
void ck_tanh(float *values, size_t count) {
#define TANGENT(place, count)                                     \
    do {                                                          \
        floats some;                                              \
        load(values + (place), count, &some);                     \
        tangent(&some);                                           \
        memcpy(values + (place), &some, (count) * sizeof(float)); \
    } while (0)
    FOR_ROW(count, TANGENT);
}

FOR_EACH_PROCESSOR
void ck_add_rows(const float *rows, size_t count, size_t columns, float *sums) {
    for (size_t row = 0; row < count; row++) {
        for (size_t column = 0; column < columns; column++) sums[column] += rows[row * columns + column];
    }
}

FOR_EACH_PROCESSOR
void ck_add_scaled_rows(const float *rows, size_t count, size_t columns, const float *factors, float *sums) {
#define ADD_SCALED(place, width)                                        \
    do {                                                                \
        floats even, odd = {0}, value;                                  \
        load(sums + (place), width, &even);                             \
        for (size_t row = 0; row + 1 < count; row += 2) {               \
            load(rows + row * columns + (place), width, &value);        \
            even = value * factors[row] + even;                         \
            load(rows + (row + 1) * columns + (place), width, &value);  \
            odd = value * factors[row + 1] + odd;                       \
        }                                                               \
        if (count % 2) {                                                \
            load(rows + (count - 1) * columns + (place), width, &value); \
            even = value * factors[count - 1] + even;                   \
        }                                                               \
        even += odd;                                                    \
        memcpy(sums + (place), &even, (width) * sizeof(float));         \
    } while (0)
    FOR_ROW(columns, ADD_SCALED);
}

/// matrix[row] · vector, with sums of every other vector, so that one addition doesn't wait for the one before.
INLINE float multiply_row(const float *row, size_t columns, const float *vector) {
    floats sums[2] = {{0}, {0}};
#define MULTIPLY(place, count)                                \
    do {                                                      \
        floats factor, value;                                 \
        load(vector + (place), count, &factor);               \
        load(row + (place), count, &value);                   \
        floats *sum = &sums[(place) / LANES % 2];             \
        *sum = value * factor + *sum;                         \
    } while (0)
    FOR_ROW(columns, MULTIPLY);
    floats sum = sums[0] + sums[1];
    float total = 0;
    for (int lane = 0; lane < LANES; lane++) total += sum[lane];
    return total;
}

FOR_EACH_PROCESSOR
void ck_multiply(const float *matrix, size_t rows, size_t columns, const float *vector, float *products) {
    for (size_t row = 0; row < rows; row++) products[row] = multiply_row(matrix + row * columns, columns, vector);
}

FOR_EACH_PROCESSOR
void ck_multiply_bytes(const int8_t *matrix, const float *row_scales, size_t rows, size_t columns,
                       const int16_t *vector, float vector_scale, float *products) {
    for (size_t row = 0; row < rows; row++) {
        int32_t sum = 0;
        for (size_t column = 0; column < columns; column++) sum += matrix[row * columns + column] * vector[column];
        products[row] = (float)sum * row_scales[row] * vector_scale;
    }
}
