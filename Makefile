# dlbench: GNU make, no configure step. Adding a file to a folder needs no change here.
#
#   make            builds the program and every backend whose library is found, and says which
#   make run        installs what is missing, builds, measures this machine        (scripts/setup)
#   make test       installs what is missing, builds, runs all tests
#   make check      the tests alone, as far as their tools are there; no network, no vendor library
#   make lint       formatting, static analysis, include rules
#   make fuzz [SECONDS=60]   throws damaged files at every reader (clang)
#   make bench      dlbench against direct callers of the same libraries
#   make perf-check BASE=<commit> [ARGS=...]   did it get slower since that commit? ARGS go to dlbench check
#   make install [PREFIX=/usr/local] [DESTDIR=]     make dist     make clean
#
# Variables: CC, CFLAGS, BUILD (folder), V=1 (shows the commands), WERROR=1, SANITIZE=address,undefined or thread,
# DNNL_ROOT, OPENBLAS_ROOT, OPENCL_ROOT, SQLITE_ROOT, PAPI_ROOT (folders with include/ and lib/).

VERSION := 0.1.0

BUILD ?= build
PREFIX ?= /usr/local
CC ?= cc
ifeq ($(origin CC),default)
CC := cc
endif
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wwrite-strings -Wvla $(if $(WERROR),-Werror)
# clang warns of an `omp simd` loop that it cannot vectorise: a wish, not a promise.
WARNINGS += $(if $(findstring clang,$(CC)),-Wno-pass-failed)

comma := ,
empty :=
space := $(empty) $(empty)
ifdef SANITIZE
B := $(BUILD)/sanitize-$(subst $(comma),-,$(SANITIZE))
SANITIZER := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
else
B := $(BUILD)
SANITIZER :=
endif

ALL_CFLAGS := -std=c11 -D_GNU_SOURCE $(CFLAGS) $(SANITIZER) -fPIC -fvisibility=hidden
INCLUDES := -I. -I$(B)/gen -Ithird_party/jansson
COMPILE = $(CC) $(ALL_CFLAGS) $(INCLUDES) $(WARNINGS) -MMD -MP
LIBS := -lm -ldl -pthread

# Not in a build that is only about to be installed, cleaned or handed to a sub-make.
NO_DETECTION := clean setup run test lint format fuzz
GOALS := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out $(NO_DETECTION),$(GOALS)),)
$(shell mkdir -p $(B)/gen)
export DNNL_ROOT OPENBLAS_ROOT OPENCL_ROOT SQLITE_ROOT PAPI_ROOT
$(shell scripts/find-libraries >$(B)/gen/libraries.mk)
include $(B)/gen/libraries.mk
endif

# Short lines unless V=1.
ifndef V
Q := @
say = @echo '  $(1)' $(patsubst $(B)/%,%,$@)
else
say = @:
endif

# ---- what there is to build ---------------------------------------------------------------------

# The history: in a database of SQLite, or a file that says what is missing.
HISTORY_C := $(addprefix bench/store/,history.c history_database.c history_index.c history_case.c \
             history_query.c history_trend.c)
# What PAPI counts likewise: through it, or files that say what is missing.
PAPI_C := $(addprefix bench/measure/,counters_papi.c meter_papi.c papi_start.c)
NO_PAPI_C := $(addprefix bench/measure/,counters_papi_absent.c meter_papi_absent.c)
# Loops that show what a processor can do: for its roofs.
PROBE_C := $(wildcard kernels/portable/*.c kernels/x86/*.c)
CORE_C := $(filter-out bench/cli/main.c $(if $(SQLITE_LIB),bench/store/history_absent.c,$(HISTORY_C)) \
          $(if $(PAPI_LIB),$(NO_PAPI_C),$(PAPI_C)), \
          $(wildcard bench/*/*.c)) $(wildcard kernels/reference/*.c) \
          $(PROBE_C) $(wildcard backends/registry*.c reports/*.c reports/plots/*.c)
# What a plugin carries of the house: no more than a backend may know.
SHARED_C := $(wildcard backends/opwise*.c backends/backend_option*.c)
PLUGIN_C := $(SHARED_C) $(wildcard bench/base/*.c bench/graph/*.c kernels/reference/*.c)
JANSSON_C := $(wildcard third_party/jansson/*.c)
SCHEMAS := $(patsubst bench/store/%.schema.json,%,$(wildcard bench/store/*.schema.json))
# Style and script of the HTML report, as texts of the program.
PAGE_TEXTS := html_style html_script

object = $(patsubst %.c,$(B)/obj/%.o,$(1))

CORE_O := $(call object,$(CORE_C) $(JANSSON_C)) $(SCHEMAS:%=$(B)/obj/gen/%_schema.o) \
          $(PAGE_TEXTS:%=$(B)/obj/gen/%_text.o)
PLUGIN_O := $(call object,$(PLUGIN_C))

BACKENDS := reference
ifdef OPENBLAS_DIR
BACKENDS += openblas
endif
ifdef ONEDNN_LIB
BACKENDS += onednn
endif
ifdef OPENCL_LIB
BACKENDS += opencl fpga
endif
# A backend without its sources is not built.
BACKENDS := $(foreach b,$(BACKENDS),$(if $(wildcard backends/$(b)/*.c),$(b)))
PLUGINS := $(BACKENDS:%=$(B)/lib/dlbench/%.so)

# OpenCL runtimes that scripts/setup --with fetched: the plugins look into these folders beside themselves. Never installed.
INTEL_OPENCL := .deps/opencl/intel/lib/libintelocl.so
FPGA_EMULATOR := .deps/opencl/fpga-emulator/lib/libintelocl_emu.so
VENDORS := $(if $(and $(filter opencl,$(BACKENDS)),$(wildcard $(INTEL_OPENCL))),$(B)/lib/dlbench/opencl-vendors/intel.icd) \
           $(if $(and $(filter fpga,$(BACKENDS)),$(wildcard $(FPGA_EMULATOR))),$(B)/lib/dlbench/fpga-vendors/fpga-emulator.icd)

SUITES := $(patsubst bench/suites/%,$(B)/share/dlbench/suites/%,$(wildcard bench/suites/*.suite))
DATA := $(patsubst bench/store/data/%,$(B)/share/dlbench/%,$(wildcard bench/store/data/*.json bench/store/data/*/*.json))
MAN := $(B)/share/man/man1/dlbench.1

UNIT := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
CONFORMANCE := $(patsubst tests/%.c,$(B)/tests/%,$(filter-out \
               $(if $(OPENCL_LIB),,tests/conformance/test_fpga.c tests/conformance/test_opencl_probe.c),$(wildcard tests/conformance/test_*.c)))
FAKES := $(patsubst tests/fake/%.c,$(B)/tests/backends/%.so,$(filter-out tests/fake/icd_%.c,$(wildcard tests/fake/*.c)))
# OpenCL runtimes that misbehave.
FAKE_ICDS := $(if $(filter opencl,$(BACKENDS)),$(patsubst tests/fake/%.c,$(B)/tests/icd/%.so,$(wildcard tests/fake/icd_*.c)))
# Tests of what starts threads, and tests that start some: the ones that a thread sanitizer has something to say about.
THREADED := $(addprefix unit/test_,counters gates roofline selftest_stats simulation)
CALLERS := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))

# ---- targets for people --------------------------------------------------------------------------

.DEFAULT_GOAL := all
.PHONY: all program summary setup run test check unit conformance threaded cli-test exports lint format bench fuzz fuzz-programs \
        perf-check install dist clean FORCE

all: program summary
program: $(B)/dlbench $(PLUGINS) $(VENDORS) $(SUITES) $(DATA)
summary: program
	@scripts/build-summary $(B)

setup:
	@scripts/setup

run:
	@scripts/setup
	@$(MAKE) --no-print-directory all
	@$(B)/dlbench run --device all --report results/report

test:
	@scripts/setup --test
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory check

check: program exports
	@$(MAKE) --no-print-directory $(B)/tests/ready
	@scripts/run-tests $(B) unit conformance cli

unit: $(UNIT) $(FAKES) program
	@scripts/run-tests $(B) unit
conformance: $(CONFORMANCE) $(FAKES) program
	@scripts/run-tests $(B) conformance
threaded: $(THREADED:%=$(B)/tests/%) $(FAKES)
	@scripts/run-tests $(B) $(THREADED)
cli-test: $(FAKES) $(FAKE_ICDS) program
	@scripts/run-tests $(B) cli
exports: $(PLUGINS) $(FAKES)
	@scripts/check-exports $(PLUGINS) $(FAKES)

# The C tests need cmocka; without it `check` runs what is left and says so.
$(B)/tests/ready: FORCE
	@mkdir -p $(@D)
	@if printf '#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <setjmp.h>\n#include <cmocka.h>\n' \
	    | $(CC) -fsyntax-only -x c - 2>/dev/null; then \
	    $(MAKE) --no-print-directory $(UNIT) $(CONFORMANCE) $(FAKES) $(FAKE_ICDS); \
	else \
	    echo "cmocka.h not found (scripts/setup --test installs libcmocka-dev): no C tests"; \
	    $(MAKE) --no-print-directory $(FAKES) $(FAKE_ICDS); \
	fi

lint:
	@scripts/lint

format:
	clang-format -i $$(git ls-files '*.c' '*.h' ':!third_party')

bench: program $(CALLERS)
	@scripts/bench $(B)

perf-check: program
	@CC='$(CC)' CFLAGS='$(CFLAGS)' scripts/perf-check $(B) '$(BASE)' $(ARGS)

fuzz:
	@scripts/fuzz $(or $(SECONDS),60)

clean:
	rm -rf $(BUILD)

# ---- the program ---------------------------------------------------------------------------------

$(B)/dlbench: $(B)/obj/bench/cli/main.o $(B)/libdlbench.a
	$(call say,link)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(SQLITE_LIB) $(PAPI_LIB) $(LIBS)

$(call object,$(HISTORY_C) $(wildcard tests/unit/test_history*.c)): EXTRA_CFLAGS := \
    $(if $(SQLITE_LIB),-DDLB_HAVE_SQLITE -isystem $(SQLITE_INCLUDE))

$(call object,$(PAPI_C)): EXTRA_CFLAGS := $(if $(PAPI_LIB),-isystem $(PAPI_INCLUDE))

# Their sums must stay in registers, whatever else CFLAGS says; a multiplication and an addition may become one instruction.
$(call object,$(PROBE_C)): EXTRA_CFLAGS := -O3 -ffp-contract=fast

# Everything but main, for the program and the tests; `ar` replaces members, so start afresh.
$(B)/libdlbench.a: $(CORE_O) $(call object,$(SHARED_C))
	@rm -f $@
	$(call say,ar  )
	$(Q)ar rcs $@ $^

$(B)/obj/third_party/%.o: third_party/%.c $(B)/gen/flags
	@mkdir -p $(@D)
	$(call say,cc  )
	$(Q)$(CC) $(ALL_CFLAGS) -w -MMD -MP -DHAVE_CONFIG_H -DHAVE_STDINT_H -Ithird_party/jansson -c -o $@ $<

# main.c and whoever tells the version include gen/version.h as "version.h".
$(B)/obj/%.o: %.c $(B)/gen/flags | $(B)/gen/version.h
	@mkdir -p $(@D)
	$(call say,cc  )
	$(Q)$(COMPILE) $(EXTRA_CFLAGS) -c -o $@ $<

$(B)/obj/gen/%.o: $(B)/gen/%.c $(B)/gen/flags
	@mkdir -p $(@D)
	$(call say,cc  )
	$(Q)$(COMPILE) -c -o $@ $<

$(B)/gen/%_schema.c: bench/store/%.schema.json scripts/embed
	@mkdir -p $(@D)
	$(call say,make)
	$(Q)scripts/embed $< dlb_$*_schema_text >$@.new
	@mv $@.new $@

$(B)/gen/html_style_text.c: reports/html.css scripts/embed
$(B)/gen/html_script_text.c: reports/html.js scripts/embed
$(B)/gen/html_%_text.c:
	@mkdir -p $(@D)
	$(call say,make)
	$(Q)scripts/embed $< dlb_html_$*_text >$@.new
	@mv $@.new $@

# Rewritten only when the content changes, so that nothing is rebuilt for nothing.
$(B)/gen/version.h: FORCE
	@scripts/version-header $@ '$(VERSION)' '$(notdir $(CC)) $(strip $(ALL_CFLAGS))'
$(B)/gen/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(COMPILE)' | cmp -s - $@ || echo '$(CC) $(COMPILE)' >$@

# ---- backends ------------------------------------------------------------------------------------

# Bsymbolic and hidden archives: a plugin's copy of the house stays its own.
PLUGIN_LD := -shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -Wl,--no-undefined
ifneq ($(and $(SANITIZE),$(findstring clang,$(CC))),)
PLUGIN_LD := -shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL
endif

OPENBLAS_O := $(call object,$(wildcard backends/openblas/*.c))
$(OPENBLAS_O): EXTRA_CFLAGS := -fopenmp -isystem $(OPENBLAS_INCLUDE) -DDLB_OPENBLAS_DIR='"$(OPENBLAS_DIR)"'
$(B)/lib/dlbench/openblas.so: LINK := -fopenmp

ONEDNN_O := $(call object,$(wildcard backends/onednn/*.c))
ifeq ($(ONEDNN_KIND),deps)
ONEDNN_RPATH = -Wl,-rpath,'$$ORIGIN/$(shell realpath -m --relative-to=$(B)/lib/dlbench $(ONEDNN_LIB))'
else ifeq ($(ONEDNN_KIND),root)
ONEDNN_RPATH = -Wl,-rpath,$(ONEDNN_LIB)
endif
$(ONEDNN_O): EXTRA_CFLAGS := -fopenmp -isystem $(ONEDNN_INCLUDE)
ONEDNN_LINK = -fopenmp -L$(ONEDNN_LIB) -ldnnl
$(B)/lib/dlbench/onednn.so: LINK = $(ONEDNN_LINK) $(ONEDNN_RPATH)

# Both OpenCL backends carry backends/cl, their kernels and their data as texts (scripts/embed): dlb_opencl_source_NAME of
# kernels/opencl/NAME.cl, dlb_fpga_source_NAME, dlb_fpga_board_NAME with the dashes of a board's name as underscores.
CL_O := $(call object,$(wildcard backends/cl/*.c))
OPENCL_C := $(patsubst kernels/opencl/%.cl,$(B)/gen/opencl_source_%.c,$(wildcard kernels/opencl/*.cl))
FPGA_C := $(patsubst kernels/fpga/%.cl,$(B)/gen/fpga_source_%.c,$(wildcard kernels/fpga/*.cl)) \
          $(patsubst backends/fpga/boards/%.board,$(B)/gen/fpga_board_%.c,$(wildcard backends/fpga/boards/*.board))
OPENCL_PLUGIN_O := $(CL_O) $(OPENCL_C:$(B)/gen/%.c=$(B)/obj/gen/%.o)
FPGA_PLUGIN_O := $(CL_O) $(FPGA_C:$(B)/gen/%.c=$(B)/obj/gen/%.o)
OPENCL_BACKEND_O := $(call object,$(wildcard backends/opencl/*.c))
FPGA_BACKEND_O := $(call object,$(wildcard backends/fpga/*.c))
$(CL_O) $(OPENCL_BACKEND_O) $(FPGA_BACKEND_O) $(FAKE_ICDS:$(B)/tests/icd/%.so=$(B)/obj/tests/fake/%.o): \
    EXTRA_CFLAGS := $(if $(OPENCL_INCLUDE),-isystem $(OPENCL_INCLUDE))
$(B)/lib/dlbench/opencl.so $(B)/lib/dlbench/fpga.so: LINK := -L$(OPENCL_LIB) -lOpenCL
$(B)/lib/dlbench/opencl.so: $(OPENCL_PLUGIN_O)
$(B)/lib/dlbench/fpga.so: $(FPGA_PLUGIN_O)
$(B)/gen/opencl_source_%.c: kernels/opencl/%.cl scripts/embed
	$(call say,make)
	$(Q)scripts/embed $< dlb_opencl_source_$* >$@.new && mv $@.new $@
$(B)/gen/fpga_source_%.c: kernels/fpga/%.cl scripts/embed
	$(call say,make)
	$(Q)scripts/embed $< dlb_fpga_source_$* >$@.new && mv $@.new $@
$(B)/gen/fpga_board_%.c: backends/fpga/boards/%.board scripts/embed
	$(call say,make)
	$(Q)scripts/embed $< dlb_fpga_board_$(subst -,_,$*) >$@.new && mv $@.new $@

.SECONDEXPANSION:
$(B)/lib/dlbench/%.so: $$(call object,$$(wildcard backends/$$*/*.c)) $(PLUGIN_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(PLUGIN_LD) -o $@ $^ $(LINK) $(LIBS)

$(B)/tests/backends/%.so: $(B)/obj/tests/fake/%.o $(PLUGIN_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(PLUGIN_LD) -o $@ $^ $(LIBS)

$(B)/lib/dlbench/opencl-vendors/intel.icd: $(INTEL_OPENCL)
$(B)/lib/dlbench/fpga-vendors/fpga-emulator.icd: $(FPGA_EMULATOR)
$(VENDORS):
	@mkdir -p $(@D)
	@echo $(abspath $<) >$@

$(B)/tests/icd/%.so: $(B)/obj/tests/fake/%.o
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -o $@ $^

$(B)/share/dlbench/suites/%: bench/suites/%
	@mkdir -p $(@D)
	@cp $< $@

$(B)/share/dlbench/%.json: bench/store/data/%.json
	@mkdir -p $(@D)
	@cp $< $@

$(MAN): $(B)/dlbench
	@mkdir -p $(@D)
	$(call say,make)
	$(Q)$(B)/dlbench help --man >$@.new
	@mv $@.new $@

# ---- tests ---------------------------------------------------------------------------------------

# test_NAME.c is a program; the other files of its folder are helpers of all of them.
UNIT_HELPERS := $(call object,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
# What the tests take of the backends themselves: files that need no vendor's header.
UNIT_HELPERS += $(call object,backends/cl/cl_cache.c backends/opencl/opencl_tuning_file.c \
    backends/opencl/opencl_gemm_plan.c backends/fpga/fpga_model.c backends/fpga/fpga_board.c backends/fpga/fpga_grid.c)
UNIT_HELPERS += $(patsubst backends/fpga/boards/%.board,$(B)/obj/gen/fpga_board_%.o,$(wildcard backends/fpga/boards/*.board))
CONFORMANCE_HELPERS := $(call object,$(filter-out tests/conformance/test_%,$(wildcard tests/conformance/*.c)))

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(UNIT_HELPERS) $(B)/libdlbench.a
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(SQLITE_LIB) $(PAPI_LIB) $(LIBS)

# test_fpga drives the pipeline itself, without the backend around it; its objects come behind the archive, so that is searched twice.
$(B)/obj/tests/conformance/test_fpga.o: EXTRA_CFLAGS := -isystem $(OPENCL_INCLUDE)
$(B)/tests/conformance/test_fpga: LINK := $(B)/libdlbench.a -L$(OPENCL_LIB) -lOpenCL
$(B)/tests/conformance/test_fpga: $(FPGA_PLUGIN_O) \
    $(call object,backends/fpga/fpga_pipeline.c backends/fpga/fpga_plan.c backends/fpga/fpga_model.c)
# test_opencl_probe looks at what the probes wrote, which no backend shows.
$(B)/obj/tests/conformance/test_opencl_probe.o: EXTRA_CFLAGS := -isystem $(OPENCL_INCLUDE)
$(B)/tests/conformance/test_opencl_probe: LINK := $(B)/libdlbench.a -L$(OPENCL_LIB) -lOpenCL
$(B)/tests/conformance/test_opencl_probe: $(OPENCL_PLUGIN_O) $(OPENCL_BACKEND_O)

$(B)/tests/conformance/%: $(B)/obj/tests/conformance/%.o $(CONFORMANCE_HELPERS) $(B)/libdlbench.a
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LINK) $(SQLITE_LIB) $(PAPI_LIB) $(LIBS)

# Readers of files under clang's libFuzzer; scripts/fuzz builds and runs them.
fuzz-programs: $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
$(B)/fuzz/%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/obj/tests/fuzz/fuzz.o $(B)/libdlbench.a
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(SQLITE_LIB) $(PAPI_LIB) $(LIBS)

# Direct callers of the libraries, for `make bench`; each is one file. They do without a library that is not there.
$(B)/bench/%: tests/bench/%.c $(B)/gen/flags
	@mkdir -p $(@D)
	$(call say,cc  )
	$(Q)$(COMPILE) -fopenmp $(if $(ONEDNN_LIB),-DDLB_HAVE_ONEDNN -isystem $(ONEDNN_INCLUDE)) \
	    $(if $(OPENBLAS_DIR),-isystem $(OPENBLAS_INCLUDE) -DDLB_OPENBLAS_DIR='"$(OPENBLAS_DIR)"') \
	    $(CALLER_FLAGS) $(LDFLAGS) -o $@ $< \
	    $(if $(ONEDNN_LIB),$(ONEDNN_LINK) -Wl$(comma)-rpath$(comma)$(ONEDNN_LIB)) $(CALLER_LINK) $(LIBS)
# As their authors compile them: for this very processor.
$(B)/bench/direct_stream: CALLER_FLAGS := -O3 -march=native -ffast-math
# What reads and writes our own files: checks by other tools' rules (scripts/bench-check), a result of many rows (section report).
$(B)/bench/check_rules $(B)/bench/many_records: $(B)/bench/%: $(B)/obj/tests/bench/%.o $(B)/libdlbench.a
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

ifneq ($(and $(OPENCL_LIB),$(CLBLAST_LIB)),)
$(B)/bench/direct_clblast: CALLER_FLAGS := -DDLB_HAVE_CLBLAST -isystem $(OPENCL_INCLUDE) -isystem $(CLBLAST_INCLUDE)
$(B)/bench/direct_clblast: CALLER_LINK := -L$(CLBLAST_LIB) -lclblast -L$(OPENCL_LIB) -lOpenCL
endif

# ---- install and dist ----------------------------------------------------------------------------

# An installed onednn plugin finds the copy of libdnnl in vendor/ beside it, unless the library is the system's.
$(B)/install/onednn.so: $(ONEDNN_O) $(PLUGIN_O)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(PLUGIN_LD) -o $@ $^ $(ONEDNN_LINK) \
	    $(if $(filter-out system,$(ONEDNN_KIND)),-Wl$(comma)-rpath$(comma)'$$ORIGIN/vendor') $(LIBS)

install: program $(MAN) $(if $(filter onednn,$(BACKENDS)),$(B)/install/onednn.so)
	@scripts/install-tree $(B) "$(DESTDIR)$(PREFIX)" $(if $(filter-out system,$(ONEDNN_KIND)),"$(ONEDNN_LIB)")

DIST := dlbench-$(VERSION)-linux-$(shell uname -m)
dist:
	@rm -rf $(B)/dist/$(DIST)
	@$(MAKE) --no-print-directory install DESTDIR= PREFIX=$(abspath $(B))/dist/$(DIST)
	@tar -C $(B)/dist -czf $(B)/dist/$(DIST).tar.gz $(DIST)
	@rm -rf $(B)/dist/$(DIST)
	@echo $(B)/dist/$(DIST).tar.gz

FORCE:
.SECONDARY:
-include $(shell find $(B)/obj $(B)/bench -name '*.d' 2>/dev/null)
