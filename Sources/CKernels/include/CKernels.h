/// What an encoder computes between its products, and what an estimate does, in the widest vectors that the processor has.
///
/// Swift has no way to compile a function for several processors and choose at run time; C has. No function allocates,
/// and none keeps a pointer. Tables are row-major; those that are read and those that are written don't overlap.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Turns each row into bytes −127…127 of which its values are nearly multiples.
///
///     scales[r] = max |values[r]| / 127,  bytes[r, c] = round(values[r, c] / scales[r])
///
/// The scale is 0 for a row of zeros, and for one that isn't finite; its bytes are then zeros.
void ck_quantize(const float *values, size_t rows, size_t columns, int8_t *bytes, float *scales);

/// What becomes of the values of a product as it is scaled.
enum ck_end {
    /// They replace the result.
    CK_REPLACE,
    /// They are added to it.
    CK_ADD,
    /// x·Φ(x) of them replaces it: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
    CK_GELU,
    /// They replace it as bfloat16: `result` is a table of those.
    CK_HALVE,
};

/// Scales the rows and columns of a product of bytes back to what they stand for.
///
///     result[r, c] = end(product[r, c] · row_scales[r] · column_scales[c] + bias[c])
///
/// The error function in Φ is off by at most 3e-7: Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.28.
void ck_scale(const float *product, size_t rows, size_t columns, const float *row_scales, const float *column_scales,
              const float *bias, enum ck_end end, void *result);

/// Whether this processor multiplies pairs of bytes (AVX2): else the functions of pairs may not be called.
int ck_has_pairs(void);

/// How many bytes a row of so many values takes for ``ck_multiply_pairs``: more by at most 15.
size_t ck_pairs_width(size_t columns);

/// How many bytes the weights of a layer take for ``ck_multiply_pairs``.
size_t ck_pairs_size(size_t inputs, size_t outputs);

/// Lays out the weights of a layer as bytes, for products with rows of 0…127.
///
/// Processors without VNNI add products of bytes up in 16 bits. Here eight of them come together, so each output's scale
/// is chosen such that neither its positive nor its negative weights of any eight exceed 32,767 / 127: no sum overflows.
///
/// - weights: outputs × inputs.
/// - packed: ck_pairs_size(inputs, outputs) bytes, on a boundary of 64.
/// - scales: for each output what its bytes are multiples of; 0 for one without weights, and for one that isn't finite.
/// - sums: for each output the sum of its bytes.
void ck_pack_pairs(const float *weights, size_t inputs, size_t outputs, int8_t *packed, float *scales, float *sums);

/// Turns each row into bytes 0…127, of which its values are nearly multiples above its least one.
///
///     values[r, c] ≈ scales[r] · (bytes[r, c] + lows[r])
///
/// 0 is always in their range. The scale is 0 for a row of zeros, and for one that isn't finite; its bytes are zeros then.
/// Rows of bytes are ck_pairs_width(columns) apart, and end with zeros.
void ck_quantize_pairs(const float *values, size_t rows, size_t columns, uint8_t *bytes, float *scales, float *lows);

/// Multiplies rows of bytes by a layer's weights, and scales the products back to what they stand for.
///
///     result[r, c] = end((bytes[r] · packed[c] + lows[r] · sums[c]) · row_scales[r] · column_scales[c] + bias[c])
///
/// Products and their sums are exact; the rest is as in ``ck_scale``.
void ck_multiply_pairs(const uint8_t *bytes, const float *row_scales, const float *lows, size_t rows, size_t inputs,
                       const int8_t *packed, const float *column_scales, const float *sums, const float *bias,
                       size_t outputs, enum ck_end end, void *result);

/// Replaces each value by its hyperbolic tangent, off by at most 3e-7.
void ck_tanh(float *values, size_t count);

/// Adds `count` rows to `sums`, in their order: the sums are the same on every processor.
void ck_add_rows(const float *rows, size_t count, size_t columns, float *sums);

/// Adds Σ factors[r] · rows[r] to `sums`: a vector times a matrix. Quick where rows hold whole vectors of 16 values.
void ck_add_scaled_rows(const float *rows, size_t count, size_t columns, const float *factors, float *sums);

/// products[r] = matrix[r] · vector
void ck_multiply(const float *matrix, size_t rows, size_t columns, const float *vector, float *products);

/// products[r] = (matrix[r] · vector) · row_scales[r] · vector_scale; no sum may exceed 32 bits.
void ck_multiply_bytes(const int8_t *matrix, const float *row_scales, size_t rows, size_t columns,
                       const int16_t *vector, float vector_scale, float *products);

/// Whether this processor multiplies bfloat16: else ``ck_attend`` may not be called.
int ck_has_bfloat16(void);

/// How many bytes of scratch memory ``ck_attend`` needs.
size_t ck_attend_scratch(size_t tokens, size_t size);

/// Multi-headed attention: each token's mean of others' values, weighted by how alike their keys are to its query.
///
///     result = softmax(Q·Kᵀ)·V, for each head
///
/// Scores of eight tokens at a time stay in the nearest cache, instead of a table of all pairs of tokens. Factors are
/// bfloat16, sums and exponentials floats.
///
/// - projections: for each token the queries of all heads, then the keys, then the values, as bfloat16.
/// - size: how many values a head has, a multiple of 32.
/// - window: how far a token looks to each side; `tokens` for everywhere.
/// - halves: whether `result` is a table of bfloat16; else of floats.
/// - scratch: at least ck_attend_scratch(tokens, size) bytes, on a boundary of 64.
void ck_attend(const uint16_t *projections, size_t tokens, size_t heads, size_t size, size_t window, int halves,
               void *result, void *scratch);

#endif
