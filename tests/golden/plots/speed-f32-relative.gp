set terminal svg noenhanced dynamic size 900,323 name 'speed_f32_relative' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Relative speed, f32' at screen 0.012, screen 0.94211 left front font ',16.0'
set label 7001 'Times as fast as openblas:0, bars: range of the processes. 15 cases (5 not measured: modelled, simulated or published), each n = 2 to 3 processes of' at screen 0.012, screen 0.17647 left front font ',10.0' textcolor rgb '#555555'
set label 7002 '12 samples; 2 noisy processes did not count; 2 cases are noisy. Measured cases have in common: throughput mode, warm cache, 2 threads. On onednn:0,' at screen 0.012, screen 0.13003 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'openblas:0, reference:0 (AMD EPYC 9R14). Missing: 4 on openblas:0: this library has no such product; all on cuda:0: libcudart.so.12 not found. Seed' at screen 0.012, screen 0.08359 left front font ',10.0' textcolor rgb '#555555'
set label 7004 '4711, 2026-11-23.' at screen 0.012, screen 0.03715 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.20898
area_h = 0.68576
cw = 0.007778
ch = 0.052632
$d0 << EOD
1.670393 1.658317 1.676714 -0.2666667
1.667891 1.658033 1.672505 0.7333333
1.666147 1.654823 1.676364 1.733333
1.665291 1.658614 1.673452 2.733333
1.662085 1.654718 1.675862 3.733333
EOD
$n0 << EOD
1.665291 1.658614 1.673452 2.733333
EOD
$d1 << EOD
1 1 1 0
1 1 1 1
1 1 1 2
1 1 1 3
1 1 1 4
EOD
$n1 << EOD
1 1 1 0
EOD
$h2 << EOD
0.5950253 0.5950253 0.5950253 0.2666667
0.5956577 0.5956577 0.5956577 1.266667
0.596866 0.596866 0.596866 2.266667
0.5953949 0.5953949 0.5953949 3.266667
0.5942224 0.5942224 0.5942224 4.266667
EOD
set label 5000 'onednn:0' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6000 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 7 ps 0.9 lc rgb '#0072B2'
set label 5001 'openblas:0' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6001 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 5 ps 0.9 lc rgb '#D55E00'
set label 5002 'reference:0' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6002 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 13 ps 0.9 lc rgb '#000000'
set label 5003 'hollow: not measured' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6003 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 6 ps 0.9 lc rgb '#777777'
set label 5004 'crossed: noisy' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6004 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 2 ps 0.9 lc rgb '#777777'
set lmargin at screen 21*cw+(1-21*cw)*0.0/1+3*cw
set rmargin at screen 21*cw+(1-21*cw)*1.0/1-3*cw
set tmargin at screen area_y+3*ch+(area_h-3*ch)*1.0/1-1*ch
set bmargin at screen area_y+3*ch+(area_h-3*ch)*0.0/1+3*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set logscale x 2
set xrange [0.576014889:1.72971392]
set xtics ('0.6' 0.6, '0.8' 0.8, '1' 1, '1.2' 1.2, '1.4' 1.4, '1.6' 1.6)
set xlabel 'times as fast as the base' offset 0,(letters == 0)*0.45
set yrange [4.5:-0.5]
if (letters == 0) set grid noy
set object 1 rect from graph 0, first 0.5 to graph 1, first 1.5 fc rgb '#f3f3f3' fs solid noborder behind
set object 3 rect from graph 0, first 2.5 to graph 1, first 3.5 fc rgb '#f3f3f3' fs solid noborder behind
set ytics scale 0 ('gemm m72 n512 k512' 0, 'lenet batch=1' 1, 'gemm m104 n512 k512' 2, 'lenet batch=4' 3, 'gemm m88 n512 k512' 4)
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead lw 1.2 lc rgb '#000000' back
plot $d0 using 1:4:2:3 with xerrorbars lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2, \
     $n0 using 1:4 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d1 using 1:4:2:3 with xerrorbars lc rgb '#D55E00' pt 5 ps 0.7 lw 1.2, \
     $n1 using 1:4 with points lc rgb '#000000' pt 2 ps 1.1, \
     $h2 using 1:4 with points lc rgb '#000000' pt 12 ps 0.7
