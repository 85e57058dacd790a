set terminal svg noenhanced dynamic size 900,340 name 'speed_f32' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Speed, f32, single operations' at screen 0.012, screen 0.94500 left front font ',16.0'
set label 7001 'Median operations per second, bars: range of the processes. 15 cases (6 not measured: modelled, simulated or published), each n = 2 to 3 processes of' at screen 0.012, screen 0.16765 left front font ',10.0' textcolor rgb '#555555'
set label 7002 '12 samples; 2 noisy processes did not count; 2 cases are noisy. Measured cases have in common: throughput mode, warm cache, 2 threads. On onednn:0,' at screen 0.012, screen 0.12353 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'reference:0, openblas:0 (AMD EPYC 9R14). Missing: 4 on openblas:0: this library has no such product; all on cuda:0: libcudart.so.12 not found. Seed' at screen 0.012, screen 0.07941 left front font ',10.0' textcolor rgb '#555555'
set label 7004 '4711, 2026-11-23.' at screen 0.012, screen 0.03529 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.19853
area_h = 0.70147
cw = 0.007778
ch = 0.050000
$d0 << EOD
9.986026e+10 9.959715e+10 1.00167e+11 -0.2666667
3.993231e+10 3.972693e+10 3.999955e+10 0.7333333
1.584635e+10 1.578573e+10 1.590743e+10 1.733333
6.305877e+09 6.284794e+09 6.337456e+09 2.733333
2.50963e+09 2.504739e+09 2.513419e+09 3.733333
9.97419e+08 9.966728e+08 1.001381e+09 4.733333
EOD
$n0 << EOD
1.584635e+10 1.578573e+10 1.590743e+10 1.733333
EOD
$d1 << EOD
2.390594e+10 2.385592e+10 2.395618e+10 1
3.793956e+09 3.78161e+09 3.798105e+09 3
5.986381e+08 5.973529e+08 6.022838e+08 5
EOD
$n1 << EOD
2.390594e+10 2.385592e+10 2.395618e+10 1
EOD
$h2 << EOD
3.573068e+10 3.573068e+10 3.573068e+10 0.2666667
1.422464e+10 1.422464e+10 1.422464e+10 1.266667
5.662931e+09 5.662931e+09 5.662931e+09 2.266667
2.254453e+09 2.254453e+09 2.254453e+09 3.266667
8.97514e+08 8.97514e+08 8.97514e+08 4.266667
3.573068e+08 3.573068e+08 3.573068e+08 5.266667
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
set logscale x 10
set xrange [301724616:1.18619247e+11]
set xtics ('500M' 500000000, '1G' 1e+09, '2G' 2e+09, '5G' 5e+09, '10G' 1e+10, '20G' 2e+10, '50G' 5e+10, '100G' 1e+11)
set xlabel 'operations per second' offset 0,(letters == 0)*0.45
set yrange [5.5:-0.5]
if (letters == 0) set grid noy
set object 1 rect from graph 0, first 0.5 to graph 1, first 1.5 fc rgb '#f3f3f3' fs solid noborder behind
set object 3 rect from graph 0, first 2.5 to graph 1, first 3.5 fc rgb '#f3f3f3' fs solid noborder behind
set object 5 rect from graph 0, first 4.5 to graph 1, first 5.5 fc rgb '#f3f3f3' fs solid noborder behind
set ytics scale 0 ('gemm m64 n512 k512' 0, 'gemm m72 n512 k512' 1, 'gemm m80 n512 k512' 2, 'gemm m88 n512 k512' 3, 'gemm m96 n512 k512' 4, 'gemm m104 n512 k512' 5)
plot $d0 using 1:4:2:3 with xerrorbars lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2, \
     $n0 using 1:4 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d1 using 1:4:2:3 with xerrorbars lc rgb '#D55E00' pt 5 ps 0.7 lw 1.2, \
     $n1 using 1:4 with points lc rgb '#000000' pt 2 ps 1.1, \
     $h2 using 1:4 with points lc rgb '#000000' pt 12 ps 0.7
