#include "CGLPK.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PIVOTS_BETWEEN_QUESTIONS = 500 };

typedef struct {
    jmp_buf exit;
    const cg_limits *limits;
    cg_solution *solution;
    struct timespec start;
    int was_stopped;
} run;

/// GLPK's words go nowhere but into the message of an error.
static int listen(void *info, const char *words) {
    cg_solution *solution = ((run *)info)->solution;
    size_t used = strlen(solution->message);
    snprintf(solution->message + used, sizeof solution->message - used, "%s", words);
    return 1;
}

static void leave(void *info) { longjmp(((run *)info)->exit, 1); }

static int milliseconds_left(const run *run) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double spent = 1e3 * (double)(now.tv_sec - run->start.tv_sec) + 1e-6 * (double)(now.tv_nsec - run->start.tv_nsec);
    return spent < run->limits->milliseconds ? run->limits->milliseconds - (int)spent : 0;
}

static int is_stopped(run *run) {
    if (!run->was_stopped) run->was_stopped = run->limits->should_stop(run->limits->context);
    return run->was_stopped;
}

static int kind(double lower, double upper) {
    int has_lower = lower > -HUGE_VAL, has_upper = upper < HUGE_VAL;
    if (has_lower && has_upper) return lower < upper ? GLP_DB : GLP_FX;
    return has_lower ? GLP_LO : has_upper ? GLP_UP : GLP_FR;
}

static void load(glp_prob *problem, const cg_program *program) {
    glp_set_obj_dir(problem, program->is_maximized ? GLP_MAX : GLP_MIN);
    if (program->row_count > 0) glp_add_rows(problem, program->row_count);
    if (program->column_count > 0) glp_add_cols(problem, program->column_count);
    for (int row = 0; row < program->row_count; row++) {
        double lower = program->row_lower[row], upper = program->row_upper[row];
        glp_set_row_bnds(problem, row + 1, kind(lower, upper), lower, upper);
    }
    for (int column = 0; column < program->column_count; column++) {
        double lower = program->column_lower[column], upper = program->column_upper[column];
        if (program->is_integer[column]) glp_set_col_kind(problem, column + 1, GLP_IV);
        glp_set_col_bnds(problem, column + 1, kind(lower, upper), lower, upper);
        glp_set_obj_coef(problem, column + 1, program->objective[column]);
    }
    glp_load_matrix(
        problem, program->entry_count, program->entry_rows, program->entry_columns, program->entry_values);
    glp_scale_prob(problem, GLP_SF_AUTO);
    if (!program->row_start) {
        glp_adv_basis(problem, 0);
        return;
    }
    for (int row = 0; row < program->row_count; row++) glp_set_row_stat(problem, row + 1, program->row_start[row]);
    for (int column = 0; column < program->column_count; column++)
        glp_set_col_stat(problem, column + 1, program->column_start[column]);
}

/// The simplex method in slices, so that it can be stopped between them: it has no callback.
static void solve_relaxation(glp_prob *problem, run *run) {
    glp_smcp settings;
    glp_init_smcp(&settings);
    settings.msg_lev = GLP_MSG_OFF;
    settings.meth = GLP_PRIMAL;
    settings.it_lim = PIVOTS_BETWEEN_QUESTIONS;
    int has_restarted = 0;
    for (;;) {
        settings.tm_lim = milliseconds_left(run);
        run->solution->code = glp_simplex(problem, &settings);
        if (run->solution->code == GLP_EITLIM) {
            if (!is_stopped(run)) continue;
            run->solution->code = CG_STOPPED;
        } else if (run->solution->code != 0 && run->solution->code != GLP_ETMLIM && !has_restarted) {
            // A basis that is singular or not one at all: begin again with the slacks'.
            has_restarted = 1;
            glp_std_basis(problem);
            continue;
        }
        break;
    }
    run->solution->status = glp_get_status(problem);
    run->solution->iterations = glp_get_it_cnt(problem);
}

static void watch(glp_tree *tree, void *info) {
    run *run = info;
    int node = glp_ios_best_node(tree);
    if (node) run->solution->bound = glp_ios_node_bound(tree, node);
    if (is_stopped(run)) glp_ios_terminate(tree);
}

static void solve_integers(glp_prob *problem, run *run) {
    glp_iocp settings;
    glp_init_iocp(&settings);
    settings.msg_lev = GLP_MSG_OFF;
    settings.tm_lim = milliseconds_left(run);
    settings.mip_gap = run->limits->gap;
    settings.mir_cuts = settings.gmi_cuts = settings.cov_cuts = GLP_ON;
    settings.cb_func = watch;
    settings.cb_info = run;
    run->solution->has_searched = 1;
    run->solution->bound = glp_get_obj_val(problem);
    run->solution->code = glp_intopt(problem, &settings);
    if (run->was_stopped) run->solution->code = CG_STOPPED;
    run->solution->status = glp_mip_status(problem);
    if (run->solution->status == GLP_OPT && run->solution->code == 0) run->solution->bound = glp_mip_obj_val(problem);
}

static void read_solution(glp_prob *problem, const cg_program *program, cg_solution *solution) {
    int is_integral = program->has_integers;
    solution->objective = is_integral ? glp_mip_obj_val(problem) : glp_get_obj_val(problem);
    if (!is_integral) solution->bound = solution->objective;
    for (int row = 0; row < program->row_count; row++) {
        solution->rows[row] = is_integral ? glp_mip_row_val(problem, row + 1) : glp_get_row_prim(problem, row + 1);
        solution->row_duals[row] = glp_get_row_dual(problem, row + 1);
        solution->row_status[row] = glp_get_row_stat(problem, row + 1);
    }
    for (int column = 0; column < program->column_count; column++) {
        solution->columns[column] =
            is_integral ? glp_mip_col_val(problem, column + 1) : glp_get_col_prim(problem, column + 1);
        solution->reduced_costs[column] = glp_get_col_dual(problem, column + 1);
        solution->column_status[column] = glp_get_col_stat(problem, column + 1);
    }
}

void cg_solve(const cg_program *program, const cg_limits *limits, cg_solution *solution) {
    run run = {.limits = limits, .solution = solution, .was_stopped = 0};
    clock_gettime(CLOCK_MONOTONIC, &run.start);
    solution->message[0] = 0;
    solution->has_searched = 0;
    glp_term_out(GLP_OFF);
    glp_term_hook(listen, &run);
    glp_error_hook(leave, &run);
    if (setjmp(run.exit)) {
        // After an error GLPK's state is not to be trusted: all of it goes with the environment.
        solution->code = CG_ABORTED;
    } else {
        glp_prob *problem = glp_create_prob();
        load(problem, program);
        solve_relaxation(problem, &run);
        if (program->has_integers && solution->code == 0 && solution->status == GLP_OPT) solve_integers(problem, &run);
        read_solution(problem, program, solution);
        glp_delete_prob(problem);
    }
    glp_free_env();
}
