#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2016 # bats sets stderr; what stands in single quotes is for other shells
# plot.bats: pictures from the command line: kinds, formats, places; gnuplot absent, too old, crashing, silent and hanging.
load helpers

RECORDED=$ROOT/tests/recordings/results/valid.json

need_gnuplot() { command -v gnuplot >/dev/null || skip "gnuplot is not installed"; }

@test "a kind as SVG, PNG, PDF and text; names of files are printed" {
    need_gnuplot
    dlb 0 plot speed "$RECORDED" -o s.svg
    said "plot: s.svg"
    grep -q "<svg" s.svg
    dlb 0 plot heatmap "$RECORDED" -o h.png
    [ "$(head -c 4 h.png | tail -c 3)" = PNG ]
    dlb 0 plot heatmap "$RECORDED" -o h.pdf
    [ "$(head -c 4 h.pdf)" = %PDF ]
    dlb 0 plot heatmap "$RECORDED" -o h.txt
    grep -q "onednn:0" h.txt
    [ -z "$stderr" ]
}

@test "without -o a preview in letters, the caption below, no wider than the terminal" {
    need_gnuplot
    COLUMNS=80 dlb 0 plot speed "$RECORDED"
    said "onednn:0"
    said "Seed "
    [ -z "$stderr" ]
    [ "$(awk '{ if (length($0) > most) most = length($0) } END { print most <= 80 }' <<<"$output")" -eq 1 ]
}

@test "all: every kind that the file has data for, into a folder that is made" {
    need_gnuplot
    dlb 0 plot all "$RECORDED" -o plots
    ls plots/speed*.svg plots/heatmap.svg
    said "plot: plots/heatmap.svg"
    [ -z "$stderr" ]
    touch file
    refused 7 "wants a folder" plot all "$RECORDED" -o file
    refused 7 "cannot make the folder" plot all "$RECORDED" -o no/such/folder
}

@test "--emit-gp: script and data make the same picture by hand; without -o they are printed" {
    need_gnuplot
    dlb 0 plot heatmap "$RECORDED" -o h.svg --emit-gp
    said "script: h.gp"
    mv h.svg first.svg
    gnuplot h.gp
    [ "$(grep -c "<text" h.svg)" -eq "$(grep -c "<text" first.svg)" ]
    dlb 0 plot heatmap "$RECORDED" --emit-gp
    said "<< EOD"
}

@test "several pictures of a kind are numbered behind the first" {
    need_gnuplot
    dlb 0 plot roofline a="$RECORDED" b="$RECORDED" -o r.svg
    said "plot: r.svg"
    said "plot: r-2.svg"
    [ -s r.svg ] && [ -s r-2.svg ]
}

@test "several files, a base, and a selection" {
    need_gnuplot
    dlb 0 plot speed old="$RECORDED" new="$RECORDED" -o s.svg
    grep -q "old/onednn:0" s.svg
    refused 2 "to be the base; there are:" plot speed "$RECORDED" --base nobody:7 -o s.svg
    refused 5 "is meant by --workload" plot speed "$RECORDED" -w 'nothing*' -o s.svg
    dlb 0 plot heatmap "$RECORDED" -w 'gemm*' -d onednn -o one.svg
    run grep -c "openblas" one.svg
    [ "$output" -eq 0 ]
}

@test "bad requests: one line each" {
    refused 2 "did you mean speed?" plot sped "$RECORDED"
    refused 2 "wants KIND" plot
    refused 2 "wants a result file" plot speed
    refused 2 "no files; found" plot history "$RECORDED"
    refused 2 "--db is for dlbench plot history" plot speed "$RECORDED" --db h.db
    refused 2 "ends in none of" plot speed "$RECORDED" -o picture.jpg
    refused 2 "--format" plot speed "$RECORDED" --format gif
    refused 7 "nothing.json" plot speed nothing.json
    cp "$RECORDED" r.json
    refused 2 "is both the input and the output" plot speed r.json -o r.json --format svg
    cmp -s r.json "$RECORDED"
}

@test "an output folder that is not there, and an input that would be overwritten in a folder" {
    need_gnuplot
    refused 7 "missing/s.svg" plot speed "$RECORDED" -o missing/s.svg
    mkdir d
    cp "$RECORDED" d/heatmap.svg
    refused 7 "is both the input and the output" plot heatmap d/heatmap.svg -o d
    cmp -s d/heatmap.svg "$RECORDED"
}

@test "a file without a time is exit code 5; scaling wants two counts" {
    refused 5 "no scaling plot" plot scaling "$RECORDED"
}

@test "history draws a database" {
    need_gnuplot
    "$DLBENCH" history list --db h.db 2>&1 | grep -q SQLite && skip "built without SQLite"
    refused 7 "none.db" plot history --db none.db -o h.svg
    dlb 0 history add "$RECORDED" --db h.db
    dlb 0 plot history --db h.db -o h.svg
    grep -q "<svg" h.svg
    refused 5 "" plot history --db h.db -w 'nothing*' -o h.svg
}

@test "no gnuplot: the script is kept, the code is 7 and the line says what to install" {
    mkdir none
    run --separate-stderr env PATH="$PWD/none" "$DLBENCH" plot heatmap "$RECORDED" -o h.svg
    [ "$status" -eq 7 ]
    one_error "apt-get install gnuplot-nox"
    [ ! -e h.svg ]
    grep -q "set terminal svg" h.gp
    rm h.gp
    run --separate-stderr env PATH="$PWD/none" "$DLBENCH" plot heatmap "$RECORDED" -o h.svg --emit-gp
    [ "$status" -eq 0 ]
    [[ $stderr == *warning*"gnuplot-nox"* ]]
    [ -s h.gp ]
    run --separate-stderr env PATH="$PWD/none" "$DLBENCH" plot heatmap "$RECORDED"
    [ "$status" -eq 7 ]
}

@test "a gnuplot that is too old, is none, or crashes when asked" {
    mkdir bin
    printf '#!/bin/sh\necho "gnuplot 4.6 patchlevel 6"\n' >bin/gnuplot
    chmod +x bin/gnuplot
    PATH=$PWD/bin:$PATH
    dlb 7 plot heatmap "$RECORDED" -o h.svg
    one_error "want gnuplot 5.2 or newer, found 4.6"
    printf '#!/bin/sh\necho "hello"\n' >bin/gnuplot
    dlb 7 plot heatmap "$RECORDED" -o h.svg
    one_error "does not tell its version"
    printf '#!/bin/sh\nkill -SEGV $$\n' >bin/gnuplot
    dlb 7 plot heatmap "$RECORDED" -o h.svg
    one_error "does not run"
}

@test "a gnuplot without the terminal" {
    fake_gnuplot 'cat >/dev/null; echo " dumb svg " >&2'
    dlb 7 plot heatmap "$RECORDED" -o h.png
    one_error "was built without PNG"
    dlb 7 plot heatmap "$RECORDED" -o h.pdf
    one_error "was built without PDF"
}

@test "a gnuplot without SVG, and one whose PNG is not Cairo's" {
    fake_gnuplot 'cat >>asked; echo " dumb png " >&2; case $(tail -n 1 asked) in *TERMINALS*) ;; *) echo picture ;; esac'
    dlb 7 plot heatmap "$RECORDED" -o h.svg
    one_error "was built without SVG"
    dlb 0 plot heatmap "$RECORDED" -o h.png
    grep -q "^set terminal png noenhanced" asked
    lacks asked pngcairo
    dlb 0 report "$RECORDED" -o page.html
    grep -q "without SVG" page.html
}

@test "without a font no PNG or PDF is drawn that would have no letters; SVG has the reader's fonts" {
    need_gnuplot
    printf '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>' >fonts.conf
    export FONTCONFIG_FILE=$PWD/fonts.conf
    for format in png pdf; do
        dlb 7 plot heatmap "$RECORDED" -o h.$format
        one_error "install fonts-dejavu-core"
        [ ! -e h.$format ]
    done
    dlb 0 plot heatmap "$RECORDED" -o h.svg
}

@test "a gnuplot that fails, crashes, or writes nothing: its own words, and no file" {
    fake_gnuplot "$TERMINALS; echo 'line 3: out of paper' >&2; exit 1"
    dlb 7 plot heatmap "$RECORDED" -o h.svg
    one_error "exit status 1: line 3: out of paper"
    fake_gnuplot "$TERMINALS; kill -SEGV \$\$"
    dlb 7 plot heatmap "$RECORDED" -o h.svg
    one_error "crashed: signal 11"
    fake_gnuplot "$TERMINALS; exit 0"
    dlb 7 plot heatmap "$RECORDED" -o h.svg
    one_error "wrote no picture"
    [ ! -e h.svg ]
}

@test "a gnuplot that hangs is ended, with what it started" {
    fake_gnuplot "$TERMINALS; sleep 371 & sleep 371"
    DLBENCH_PLOT_TIMEOUT=2 dlb 7 plot heatmap "$RECORDED" -o h.svg
    one_error "did not end within 2 s"
    sleep 0.2
    run pgrep -f 'sleep 371'
    [ "$status" -ne 0 ]
}

@test "the settings of the user's gnuplot and its variables change nothing" {
    need_gnuplot
    printf 'set terminal dumb\nset output "elsewhere"\n' >.gnuplot
    GNUTERM=x11 LC_ALL=C LC_NUMERIC=de_DE.UTF-8 dlb 0 plot heatmap "$RECORDED" -o h.svg
    grep -q "<svg" h.svg
    [ ! -e elsewhere ]
}

@test "hostile labels of files and hostile names inside start nothing" {
    need_gnuplot
    local name='`touch owned`$(touch owned)_^{2}@~%s"'"'"
    sed -e 's/"label": *"[^"]*"/"label": "`touch owned` %s \\u0027); system(\\u0027touch owned\\u0027) #\\n<script>"/' \
        "$RECORDED" >r.json
    dlb 0 plot all "$name=r.json" b=r.json -o out
    dlb 0 plot all "$name=r.json" b=r.json
    [ ! -e owned ] && [ ! -e out/owned ]
    run grep -l "<script" out/*.svg
    [ -z "$output" ]
}
