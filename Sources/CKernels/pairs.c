#include "vectors.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>

/// The processor has them: ck_has_pairs() is asked before.
#define WITH_AVX2 __attribute__((target("arch=x86-64-v3")))
#define INLINE_AVX2 static inline __attribute__((always_inline)) WITH_AVX2

enum {
    /// How many inputs are multiplied before sums are widened: an output has two sums of 16 bits, each of eight products.
    GROUP = 16,
    /// How many bytes one instruction takes of a row: two for each of the sums.
    QUAD = 4,
    /// How many rows are multiplied at once, so that their sums fill the registers.
    ROWS = 5,
};

/// What the weights of one sign in eight may come to, so that 127 times that fits into 16 bits.
static const float SIGNED_SUM_MAX = 32767 / 127;

int ck_has_pairs(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}

static size_t rounded_up(size_t count, size_t unit) { return (count + unit - 1) / unit * unit; }

size_t ck_pairs_width(size_t columns) { return rounded_up(columns, GROUP); }

size_t ck_pairs_size(size_t inputs, size_t outputs) { return rounded_up(inputs, GROUP) * rounded_up(outputs, LANES); }

/// The scale of an output, with which none of its bytes and none of their sums is too large.
static float scale_of(const float *weights, size_t inputs) {
    float greatest = 0, greatest_sum = 0;
    for (size_t group = 0; group < inputs; group += GROUP) {
        // The inputs that a 16-bit sum has: every other two.
        float positive[2] = {0}, negative[2] = {0};
        for (size_t input = group; input < group + GROUP && input < inputs; input++) {
            float weight = weights[input];
            if (!isfinite(weight)) return 0;
            greatest = fmaxf(greatest, fabsf(weight));
            (weight > 0 ? positive : negative)[input / 2 % 2] += fabsf(weight);
        }
        for (int half = 0; half < 2; half++) {
            greatest_sum = fmaxf(greatest_sum, fmaxf(positive[half], negative[half]));
        }
    }
    // Rounding adds up to a half to each of the eight.
    return fmaxf(greatest / 127, greatest_sum / (SIGNED_SUM_MAX - 4));
}

void ck_pack_pairs(const float *weights, size_t inputs, size_t outputs, int8_t *packed, float *scales, float *sums) {
    size_t width = ck_pairs_width(inputs);
    memset(packed, 0, ck_pairs_size(inputs, outputs));
    for (size_t output = 0; output < outputs; output++) {
        const float *row = weights + output * inputs;
        float scale = scale_of(row, inputs), factor = 1 / scale;
        if (!isfinite(factor)) scale = factor = 0;
        int8_t *column = packed + output / LANES * LANES * width + output % LANES * QUAD;
        int32_t sum = 0;
        for (size_t input = 0; input < inputs && factor > 0; input++) {
            int8_t byte = (int8_t)lrintf(row[input] * factor);
            column[input / QUAD * QUAD * LANES + input % QUAD] = byte;
            sum += byte;
        }
        scales[output] = scale;
        sums[output] = (float)sum;
    }
}

INLINE void quantize_row(const float *values, size_t columns, uint8_t *bytes, float *scale, float *low) {
    floats least = {0}, greatest = {0}, other = {0};
#define RANGE(place, count)                                       \
    do {                                                          \
        floats some;                                              \
        load(values + (place), count, &some);                     \
        least = __builtin_elementwise_min(least, some);           \
        greatest = __builtin_elementwise_max(greatest, some);     \
        /* 0 unless one is infinite or no number. */              \
        other += some * 0;                                        \
    } while (0)
    FOR_ROW(columns, RANGE);
    float bottom = 0, top = 0, strange = 0;
    for (int lane = 0; lane < LANES; lane++) {
        bottom = fminf(bottom, least[lane]);
        top = fmaxf(top, greatest[lane]);
        strange += other[lane];
    }
    float factor = 127 / (top - bottom);
    if (strange != 0 || !(top > bottom) || !isfinite(factor) || !isfinite(top - bottom)) {
        memset(bytes, 0, ck_pairs_width(columns));
        *scale = *low = 0;
        return;
    }
#define QUANTIZE(place, count)                                            \
    do {                                                                  \
        floats some;                                                      \
        load(values + (place), count, &some);                             \
        some = (some - bottom) * factor;                                  \
        round_to_even(&some);                                             \
        octets result = __builtin_convertvector((integers)some, octets);  \
        memcpy(bytes + (place), &result, count);                          \
    } while (0)
    FOR_ROW(columns, QUANTIZE);
    memset(bytes + columns, 0, ck_pairs_width(columns) - columns);
    *scale = (top - bottom) / 127;
    *low = bottom * factor;
}

WITH_AVX2
void ck_quantize_pairs(const float *values, size_t rows, size_t columns, uint8_t *bytes, float *scales, float *lows) {
    size_t width = ck_pairs_width(columns);
    for (size_t row = 0; row < rows; row++) {
        quantize_row(values + row * columns, columns, bytes + row * width, scales + row, lows + row);
    }
}

INLINE_AVX2 __m256i quad(const uint8_t *bytes) {
    int32_t bits;
    memcpy(&bits, bytes, sizeof bits);
    return _mm256_set1_epi32(bits);
}

/// sums[r, c] = bytes[r] · weights[c], for `count` rows and the `LANES` outputs of a panel.
INLINE_AVX2 void multiply(const uint8_t *bytes, size_t width, const int8_t *panel, int count, __m256i sums[ROWS][2]) {
    for (int row = 0; row < count; row++) sums[row][0] = sums[row][1] = _mm256_setzero_si256();
    for (size_t group = 0; group < width; group += GROUP) {
        __m256i small[ROWS][2];
#pragma clang loop unroll(full)
        for (int place = 0; place < GROUP; place += QUAD) {
            const __m256i *weights = (const __m256i *)(panel + group * LANES + place * LANES);
            __m256i first = _mm256_load_si256(weights), second = _mm256_load_si256(weights + 1);
#pragma clang loop unroll(full)
            for (int row = 0; row < count; row++) {
                __m256i some = quad(bytes + (size_t)row * width + group + place);
                __m256i low = _mm256_maddubs_epi16(some, first), high = _mm256_maddubs_epi16(some, second);
                small[row][0] = place == 0 ? low : _mm256_add_epi16(small[row][0], low);
                small[row][1] = place == 0 ? high : _mm256_add_epi16(small[row][1], high);
            }
        }
#pragma clang loop unroll(full)
        for (int row = 0; row < count; row++) {
            for (int half = 0; half < 2; half++) {
                __m256i pairs = _mm256_madd_epi16(small[row][half], _mm256_set1_epi16(1));
                sums[row][half] = _mm256_add_epi32(sums[row][half], pairs);
            }
        }
    }
}

WITH_AVX2
void ck_multiply_pairs(const uint8_t *bytes, const float *row_scales, const float *lows, size_t rows, size_t inputs,
                       const int8_t *packed, const float *column_scales, const float *sums, const float *bias,
                       size_t outputs, enum ck_end end, void *result) {
    size_t width = ck_pairs_width(inputs), size = end == CK_HALVE ? sizeof(uint16_t) : sizeof(float);
    // A panel of weights stays in the nearest cache while all rows go by.
    for (size_t output = 0; output < outputs; output += LANES) {
        const int8_t *panel = packed + output * width;
        size_t count = outputs - output < LANES ? outputs - output : LANES;
        floats scale, sum, shift;
        load(column_scales + output, count, &scale);
        load(sums + output, count, &sum);
        load(bias + output, count, &shift);
        for (size_t row = 0; row < rows;) {
            const uint8_t *first = bytes + row * width;
            __m256i products[ROWS][2];
            size_t together = rows - row < ROWS ? rows - row : ROWS;
            switch (together) {
            case 1: multiply(first, width, panel, 1, products); break;
            case 2: multiply(first, width, panel, 2, products); break;
            case 3: multiply(first, width, panel, 3, products); break;
            case 4: multiply(first, width, panel, 4, products); break;
            default: multiply(first, width, panel, ROWS, products); break;
            }
            for (size_t index = 0; index < together; index++, row++) {
                integers product;
                memcpy(&product, products[index], sizeof product);
                floats value = __builtin_convertvector(product, floats) + lows[row] * sum;
                value = value * row_scales[row] * scale + shift;
                char *target = (char *)result + row * outputs * size;
                // A whole vector is stored by an instruction, part of one by a call.
                if (count == LANES) {
                    store_end(&value, end, target, output, LANES);
                } else {
                    store_end(&value, end, target, output, count);
                }
            }
        }
    }
}

#else

int ck_has_pairs(void) { return 0; }

size_t ck_pairs_width(size_t columns) { return columns; }

size_t ck_pairs_size(size_t inputs, size_t outputs) { return inputs * outputs; }

void ck_pack_pairs(const float *weights, size_t inputs, size_t outputs, int8_t *packed, float *scales, float *sums) {
    __builtin_trap();
}

void ck_quantize_pairs(const float *values, size_t rows, size_t columns, uint8_t *bytes, float *scales, float *lows) {
    __builtin_trap();
}

void ck_multiply_pairs(const uint8_t *bytes, const float *row_scales, const float *lows, size_t rows, size_t inputs,
                       const int8_t *packed, const float *column_scales, const float *sums, const float *bias,
                       size_t outputs, enum ck_end end, void *result) {
    __builtin_trap();
}

#endif
