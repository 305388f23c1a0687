/// GLPK as one call: a program in, a solution out.
///
/// GLPK ends the process where it finds an error, unless a hook jumps out of it, and a jump may not cross Swift's frames.
/// That is why the whole sequence of its calls is here and not in Swift. Its environment is the calling thread's own.
#ifndef CGLPK_H
#define CGLPK_H

#include <glpk.h>

/// A program whose indices and numbers have been checked.
typedef struct {
    int row_count;
    int column_count;
    int is_maximized;
    int has_integers;
    /// For each row and column from index 0; infinite where there is no bound.
    const double *row_lower, *row_upper, *column_lower, *column_upper, *objective;
    /// Not 0 for a column that takes whole numbers.
    const int *is_integer;
    /// The coefficients: rows and columns are counted from 1 and stand, as the values do, from index 1.
    int entry_count;
    const int *entry_rows, *entry_columns;
    const double *entry_values;
    /// GLP_BS … GLP_NS for each row and column from index 0 to begin with, or NULL.
    const int *row_start, *column_start;
} cg_program;

/// When to give up.
typedef struct {
    int milliseconds;
    double gap;
    /// Asked every few hundred pivots or nodes; the search stops where it answers something but 0.
    int (*should_stop)(void *);
    void *context;
} cg_limits;

/// What came of it; the arrays belong to the caller and have a place for each column or row.
typedef struct {
    /// GLPK's return code; CG_ABORTED for an error that would have ended the process, CG_STOPPED where asked to.
    int code;
    /// GLP_OPT and so on; for integers the status of the search.
    int status;
    /// Whether whole numbers were searched for, after the relaxation.
    int has_searched;
    int iterations;
    double objective, bound;
    double *columns, *reduced_costs, *rows, *row_duals;
    int *column_status, *row_status;
    /// GLPK's words about its error.
    char message[256];
} cg_solution;

#define CG_ABORTED (-1)
#define CG_STOPPED (-2)

/// Makes, solves and frees the program on this thread, and frees this thread's environment of GLPK.
void cg_solve(const cg_program *program, const cg_limits *limits, cg_solution *solution);

#endif
