#include "CKernels.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

/// The processor has them: ck_has_bfloat16() is asked before.
#define WITH_BFLOAT16 __attribute__((target("arch=x86-64-v4,avx512bf16")))
#define INLINE static inline __attribute__((always_inline)) WITH_BFLOAT16

/// How many floats a vector holds, and how many pairs of bfloat16.
enum { LANES = 16 };
/// How many tokens' scores are worked on at once: two vectors for each leave registers for the factors.
enum { BLOCK = 8 };

int ck_has_bfloat16(void) {
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

/// Keys come in pairs of vectors.
static size_t padded(size_t tokens) { return (tokens + 2 * LANES - 1) / (2 * LANES) * (2 * LANES); }

size_t ck_attend_scratch(size_t tokens, size_t size) {
    size_t keys = padded(tokens);
    return keys * size * 2 * sizeof(uint16_t) + BLOCK * keys * (sizeof(float) + sizeof(uint16_t));
}

/// One head's factors, laid out so that each product's pairs of numbers lie side by side.
struct head {
    /// For each pair of a key's values, those of all tokens.
    uint32_t *keys;
    /// For each pair of tokens, all of their values.
    uint32_t *values;
    size_t tokens, key_count, size;
};

/// e^x for x ≤ 0, within 1e-7 of itself: 2ⁿ times a polynomial, as in Cephes.
INLINE __m512 exponential(__m512 x) {
    x = _mm512_max_ps(x, _mm512_set1_ps(-87));
    __m512 n = _mm512_roundscale_ps(x * 0x1.715476p0f, _MM_FROUND_TO_NEAREST_INT);
    // ln 2 in two parts, the first of which has so few bits that its product is exact.
    __m512 rest = x - n * 0x1.63p-1f;
    rest = rest + n * 0x1.bd0106p-13f;
    __m512 p = rest * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * rest + 8.3334519073e-3f;
    p = p * rest + 4.1665795894e-2f;
    p = p * rest + 1.6666665459e-1f;
    p = p * rest + 5.0000001201e-1f;
    p = p * (rest * rest) + rest + 1;
    return _mm512_scalef_ps(p, n);
}

INLINE __m512 add_products(__m512 sum, __m512i pairs, __m512i others) {
    return _mm512_dpbf16_ps(sum, (__m512bh)pairs, (__m512bh)others);
}

INLINE __m512i repeated(const void *pair) {
    int32_t bits;
    memcpy(&bits, pair, sizeof bits);
    return _mm512_set1_epi32(bits);
}

/// Lays out keys and values; what is behind the text is its last token, whose weight will be 0.
INLINE void pack(const struct head *head, const uint16_t *keys, const uint16_t *values, size_t stride) {
    size_t last = head->tokens - 1;
    for (size_t token = 0; token < head->key_count; token++) {
        const uint16_t *key = keys + (token < last ? token : last) * stride;
        for (size_t pair = 0; pair < head->size / 2; pair++) {
            memcpy(head->keys + pair * head->key_count + token, key + 2 * pair, sizeof(uint32_t));
        }
    }
    for (size_t token = 0; token < head->key_count; token += 2) {
        const uint16_t *first = values + (token < last ? token : last) * stride;
        const uint16_t *second = values + (token + 1 < last ? token + 1 : last) * stride;
        for (size_t place = 0; place < head->size; place += LANES) {
            __m512i low = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(first + place)));
            __m512i high = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(second + place)));
            __m512i pairs = _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
            _mm512_storeu_si512(head->values + token / 2 * head->size + place, pairs);
        }
    }
}

/// scores[b, t] = queries[b] · keys[t]
INLINE void compare(const struct head *head, const uint16_t *const queries[BLOCK], float *scores) {
    for (size_t key = 0; key < head->key_count; key += 2 * LANES) {
        __m512 sums[BLOCK][2];
        for (int b = 0; b < BLOCK; b++) sums[b][0] = sums[b][1] = _mm512_setzero_ps();
        for (size_t pair = 0; pair < head->size / 2; pair++) {
            const uint32_t *keys = head->keys + pair * head->key_count + key;
            __m512i first = _mm512_loadu_si512(keys);
            __m512i second = _mm512_loadu_si512(keys + LANES);
            for (int b = 0; b < BLOCK; b++) {
                __m512i query = repeated(queries[b] + 2 * pair);
                sums[b][0] = add_products(sums[b][0], first, query);
                sums[b][1] = add_products(sums[b][1], second, query);
            }
        }
        for (int b = 0; b < BLOCK; b++) {
            _mm512_storeu_ps(scores + b * head->key_count + key, sums[b][0]);
            _mm512_storeu_ps(scores + b * head->key_count + key + LANES, sums[b][1]);
        }
    }
}

/// Turns a row of scores into weights for the keys from `first` to before `end`, 0 for all others; returns their sum.
INLINE float weigh(float *scores, size_t count, size_t first, size_t end, uint16_t *weights) {
    const float hidden = -1e30f;
    for (size_t key = 0; key < first; key++) scores[key] = hidden;
    for (size_t key = end; key < count; key++) scores[key] = hidden;
    __m512 greatest = _mm512_loadu_ps(scores);
    for (size_t key = LANES; key < count; key += LANES) {
        greatest = _mm512_max_ps(greatest, _mm512_loadu_ps(scores + key));
    }
    __m512 top = _mm512_set1_ps(_mm512_reduce_max_ps(greatest));
    __m512 sum = _mm512_setzero_ps();
    for (size_t key = 0; key < count; key += 2 * LANES) {
        __m512 low = exponential(_mm512_loadu_ps(scores + key) - top);
        __m512 high = exponential(_mm512_loadu_ps(scores + key + LANES) - top);
        sum = sum + low + high;
        _mm512_storeu_si512(weights + key, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
    return _mm512_reduce_add_ps(sum);
}

/// The means of 32 places of the values, from `place` on.
INLINE void mix(const struct head *head, const uint16_t *weights, size_t place, __m512 sums[BLOCK][2]) {
    for (int b = 0; b < BLOCK; b++) sums[b][0] = sums[b][1] = _mm512_setzero_ps();
    for (size_t key = 0; key < head->tokens; key += 2) {
        const uint32_t *values = head->values + key / 2 * head->size + place;
        __m512i first = _mm512_loadu_si512(values);
        __m512i second = _mm512_loadu_si512(values + LANES);
        for (int b = 0; b < BLOCK; b++) {
            __m512i weight = repeated(weights + b * head->key_count + key);
            sums[b][0] = add_products(sums[b][0], first, weight);
            sums[b][1] = add_products(sums[b][1], second, weight);
        }
    }
}

INLINE void store(__m512 first, __m512 second, int halves, void *result, size_t place) {
    if (halves) {
        _mm512_storeu_si512((uint16_t *)result + place, (__m512i)_mm512_cvtne2ps_pbh(second, first));
    } else {
        _mm512_storeu_ps((float *)result + place, first);
        _mm512_storeu_ps((float *)result + place + LANES, second);
    }
}

WITH_BFLOAT16
void ck_attend(const uint16_t *projections, size_t tokens, size_t heads, size_t size, size_t window, int halves,
               void *result, void *scratch) {
    size_t hidden = heads * size, stride = 3 * hidden, count = padded(tokens);
    struct head head = {scratch, (uint32_t *)scratch + count * size / 2, tokens, count, size};
    float *scores = (float *)(head.values + count * size / 2);
    uint16_t *weights = (uint16_t *)(scores + BLOCK * count);
    for (size_t first = 0; first < hidden; first += size) {
        pack(&head, projections + hidden + first, projections + 2 * hidden + first, stride);
        for (size_t token = 0; token < tokens; token += BLOCK) {
            size_t rows = tokens - token < BLOCK ? tokens - token : BLOCK;
            const uint16_t *queries[BLOCK];
            float shares[BLOCK];
            // Behind the text its last token takes part again.
            for (size_t b = 0; b < BLOCK; b++) {
                queries[b] = projections + first + (token + (b < rows ? b : rows - 1)) * stride;
            }
            compare(&head, queries, scores);
            for (size_t b = 0; b < BLOCK; b++) {
                size_t place = token + (b < rows ? b : rows - 1);
                size_t start = place > window ? place - window : 0;
                size_t end = place + window + 1 < tokens ? place + window + 1 : tokens;
                shares[b] = 1 / weigh(scores + b * count, count, start, end, weights + b * count);
            }
            for (size_t place = 0; place < size; place += 2 * LANES) {
                __m512 sums[BLOCK][2];
                mix(&head, weights, place, sums);
                for (size_t b = 0; b < rows; b++) {
                    store(sums[b][0] * shares[b], sums[b][1] * shares[b], halves, result,
                          (token + b) * hidden + first + place);
                }
            }
        }
    }
}

#else

int ck_has_bfloat16(void) { return 0; }

size_t ck_attend_scratch(size_t tokens, size_t size) { return tokens * size; }

void ck_attend(const uint16_t *projections, size_t tokens, size_t heads, size_t size, size_t window, int halves,
               void *result, void *scratch) {
    __builtin_trap();
}

#endif
