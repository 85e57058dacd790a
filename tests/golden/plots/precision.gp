set terminal svg noenhanced dynamic size 1100,425 name 'precision' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Speed against error' at screen 0.012, screen 0.95600 left front font ',16.0'
set label 7001 'Rate: median, bars: range of the processes; error: the largest that verification found, relative to the scale of its tolerance. 41 cases (15 not measured: modelled, simulated or' at screen 0.012, screen 0.13412 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'published), each n = 2 to 3 processes of 12 samples; 5 noisy processes did not count; 5 cases are noisy. Measured cases have in common: throughput mode, warm cache, 2 threads. On' at screen 0.012, screen 0.09882 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'onednn:0, openblas:0, reference:0 (AMD EPYC 9R14). Across: largest error; up: operations per second. At the left edge: no error at all. Missing: all on cuda:0: libcudart.so.12 not found.' at screen 0.012, screen 0.06353 left front font ',10.0' textcolor rgb '#555555'
set label 7004 'Seed 4711, 2026-11-23.' at screen 0.012, screen 0.02824 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.15882
area_h = 0.76118
cw = 0.006364
ch = 0.040000
$d0 << EOD
2e-07 1.000488e+09 2e-07 2e-07 9.964355e+08 1.000986e+09
2e-07 3.163433e+09 2e-07 2e-07 3.154652e+09 3.172263e+09
2e-07 9.994141e+09 2e-07 2e-07 9.960727e+09 1.004419e+10
2e-07 3.157004e+10 2e-07 2e-07 3.155132e+10 3.177414e+10
2e-07 9.986026e+10 2e-07 2e-07 9.959715e+10 1.00167e+11
EOD
$n0 << EOD
2e-07 3.163433e+09 2e-07 2e-07 3.154652e+09 3.172263e+09
EOD
$d1 << EOD
0.004 1.999508e+09 0.004 0.004 1.994984e+09 2.003248e+09
0.004 6.308232e+09 0.004 0.004 6.303513e+09 6.333288e+09
0.004 1.999819e+10 0.004 0.004 1.992007e+10 2.003973e+10
0.004 6.323524e+10 0.004 0.004 6.299336e+10 6.347899e+10
0.004 1.99865e+11 0.004 0.004 1.99264e+11 2.000562e+11
EOD
$n1 << EOD
0.004 6.323524e+10 0.004 0.004 6.299336e+10 6.347899e+10
EOD
$d2 << EOD
6.656024e-08 3.001484e+09 6.656024e-08 6.656024e-08 2.997373e+09 3.005605e+09
6.656024e-08 9.483683e+09 6.656024e-08 6.656024e-08 9.473902e+09 9.501395e+09
6.656024e-08 2.997305e+10 6.656024e-08 6.656024e-08 2.991464e+10 3.00183e+10
6.656024e-08 9.490516e+10 6.656024e-08 6.656024e-08 9.443077e+10 9.508119e+10
6.656024e-08 3.009163e+11 6.656024e-08 6.656024e-08 2.993686e+11 3.01423e+11
EOD
$n2 << EOD
6.656024e-08 3.001484e+09 6.656024e-08 6.656024e-08 2.997373e+09 3.005605e+09
EOD
$d8 << EOD
4e-07 1.894967e+09 4e-07 4e-07 1.889863e+09 1.905076e+09
4e-07 6.013014e+09 4e-07 4e-07 5.993448e+09 6.019591e+09
4e-07 1.900064e+10 4e-07 4e-07 1.894791e+10 1.906387e+10
EOD
$d9 << EOD
0.008 1.200235e+09 0.008 0.008 1.195844e+09 1.203594e+09
0.008 3.78612e+09 0.008 0.008 3.777992e+09 3.809177e+09
0.008 1.199699e+10 0.008 0.008 1.196979e+10 1.202432e+10
0.008 1.198677e+11 0.008 0.008 1.197126e+11 1.201281e+11
EOD
$n9 << EOD
0.008 1.199699e+10 0.008 0.008 1.196979e+10 1.202432e+10
EOD
$d10 << EOD
6.656024e-08 1.797301e+09 6.656024e-08 6.656024e-08 1.792132e+09 1.803934e+09
6.656024e-08 5.696803e+09 6.656024e-08 6.656024e-08 5.676568e+09 5.717959e+09
6.656024e-08 5.691796e+10 6.656024e-08 6.656024e-08 5.66074e+10 5.70348e+10
6.656024e-08 1.80147e+11 6.656024e-08 6.656024e-08 1.797701e+11 1.805256e+11
EOD
$n10 << EOD
6.656024e-08 1.80147e+11 6.656024e-08 6.656024e-08 1.797701e+11 1.805256e+11
EOD
$h16 << EOD
6e-07 3.573068e+08 6e-07 6e-07 3.573068e+08 3.573068e+08
6e-07 1.129903e+09 6e-07 6e-07 1.129903e+09 1.129903e+09
6e-07 3.573068e+09 6e-07 6e-07 3.573068e+09 3.573068e+09
6e-07 1.129903e+10 6e-07 6e-07 1.129903e+10 1.129903e+10
6e-07 3.573068e+10 6e-07 6e-07 3.573068e+10 3.573068e+10
EOD
$h17 << EOD
0.012 7.146135e+08 0.012 0.012 7.146135e+08 7.146135e+08
0.012 2.259806e+09 0.012 0.012 2.259806e+09 2.259806e+09
0.012 7.146135e+09 0.012 0.012 7.146135e+09 7.146135e+09
0.012 2.259806e+10 0.012 0.012 2.259806e+10 2.259806e+10
0.012 7.146135e+10 0.012 0.012 7.146135e+10 7.146135e+10
EOD
$h18 << EOD
6.656024e-08 1.07192e+09 6.656024e-08 6.656024e-08 1.07192e+09 1.07192e+09
6.656024e-08 3.38971e+09 6.656024e-08 6.656024e-08 3.38971e+09 3.38971e+09
6.656024e-08 1.07192e+10 6.656024e-08 6.656024e-08 1.07192e+10 1.07192e+10
6.656024e-08 3.38971e+10 6.656024e-08 6.656024e-08 3.38971e+10 3.38971e+10
6.656024e-08 1.07192e+11 6.656024e-08 6.656024e-08 1.07192e+11 1.07192e+11
EOD
$j0 << EOD
6.656024e-08 3.009163e+11
2e-07 9.986026e+10
0.004 1.99865e+11

6.656024e-08 9.490516e+10
2e-07 3.157004e+10
0.004 6.323524e+10

6.656024e-08 2.997305e+10
2e-07 9.994141e+09
0.004 1.999819e+10

6.656024e-08 9.483683e+09
2e-07 3.163433e+09
0.004 6.308232e+09

6.656024e-08 3.001484e+09
2e-07 1.000488e+09
0.004 1.999508e+09

EOD
$j1 << EOD
6.656024e-08 1.80147e+11
0.008 1.198677e+11

6.656024e-08 5.691796e+10
4e-07 1.900064e+10

4e-07 6.013014e+09
0.008 1.199699e+10

6.656024e-08 5.696803e+09
4e-07 1.894967e+09
0.008 3.78612e+09

6.656024e-08 1.797301e+09
0.008 1.200235e+09

EOD
$j2 << EOD
6.656024e-08 1.07192e+11
6e-07 3.573068e+10
0.012 7.146135e+10

6.656024e-08 3.38971e+10
6e-07 1.129903e+10
0.012 2.259806e+10

6.656024e-08 1.07192e+10
6e-07 3.573068e+09
0.012 7.146135e+09

6.656024e-08 3.38971e+09
6e-07 1.129903e+09
0.012 2.259806e+09

6.656024e-08 1.07192e+09
6e-07 3.573068e+08
0.012 7.146135e+08

EOD
set multiplot
set label 5000 'f32' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6000 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 7 ps 0.9 lc rgb '#0072B2'
set label 5001 'bf16' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6001 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 5 ps 0.9 lc rgb '#D55E00'
set label 5002 's8' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6002 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 9 ps 0.9 lc rgb '#009E73'
set arrow 5003 from screen 2*cw+1*(1-2*cw)/2, screen area_y+1.5*ch to screen 2*cw+1*(1-2*cw)/2+4*cw, screen area_y+1.5*ch nohead lw 2 dt 1 lc rgb '#777777'
set label 5003 'line: one problem' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 5004 'hollow: not measured' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6004 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 6 ps 0.9 lc rgb '#777777'
set label 5005 'crossed: noisy' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6005 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 2 ps 0.9 lc rgb '#777777'
set lmargin at screen 0*cw+(1-0*cw)*0.0/3+9*cw
set rmargin at screen 0*cw+(1-0*cw)*1.0/3-3*cw
set tmargin at screen area_y+3*ch+(area_h-3*ch)*1.0/1-2*ch
set bmargin at screen area_y+3*ch+(area_h-3*ch)*0.0/1+2*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set label 1 'onednn:0' at graph 0, graph 1 left offset 0,0.7 front
set logscale x 10
set xrange [3.22000754e-08:0.0248049998]
set xtics ('1e-6' 1e-06, '1e-4' 0.0001, '0.01' 0.01)
set logscale y 10
set yrange [238491629:4.51590117e+11]
set ytics ('1G' 1e+09, '10G' 1e+10, '100G' 1e+11)
plot $j0 using 1:2 with lines lc rgb '#bbbbbb' lw 0.8, \
     $d0 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#0072B2' pt 7 ps 0.8 lw 1.2, \
     $n0 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d1 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#D55E00' pt 5 ps 0.8 lw 1.2, \
     $n1 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d2 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#009E73' pt 9 ps 0.8 lw 1.2, \
     $n2 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1
reset
set lmargin at screen 0*cw+(1-0*cw)*1.0/3+9*cw
set rmargin at screen 0*cw+(1-0*cw)*2.0/3-3*cw
set tmargin at screen area_y+3*ch+(area_h-3*ch)*1.0/1-2*ch
set bmargin at screen area_y+3*ch+(area_h-3*ch)*0.0/1+2*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set label 1 'openblas:0' at graph 0, graph 1 left offset 0,0.7 front
set logscale x 10
set xrange [3.22000754e-08:0.0248049998]
set xtics ('1e-6' 1e-06, '1e-4' 0.0001, '0.01' 0.01)
set logscale y 10
set yrange [238491629:4.51590117e+11]
set ytics ('1G' 1e+09, '10G' 1e+10, '100G' 1e+11)
plot $j1 using 1:2 with lines lc rgb '#bbbbbb' lw 0.8, \
     $d8 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#0072B2' pt 7 ps 0.8 lw 1.2, \
     $d9 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#D55E00' pt 5 ps 0.8 lw 1.2, \
     $n9 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d10 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#009E73' pt 9 ps 0.8 lw 1.2, \
     $n10 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1
reset
set lmargin at screen 0*cw+(1-0*cw)*2.0/3+9*cw
set rmargin at screen 0*cw+(1-0*cw)*3.0/3-3*cw
set tmargin at screen area_y+3*ch+(area_h-3*ch)*1.0/1-2*ch
set bmargin at screen area_y+3*ch+(area_h-3*ch)*0.0/1+2*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set label 1 'reference:0' at graph 0, graph 1 left offset 0,0.7 front
set logscale x 10
set xrange [3.22000754e-08:0.0248049998]
set xtics ('1e-6' 1e-06, '1e-4' 0.0001, '0.01' 0.01)
set logscale y 10
set yrange [238491629:4.51590117e+11]
set ytics ('1G' 1e+09, '10G' 1e+10, '100G' 1e+11)
plot $j2 using 1:2 with lines lc rgb '#bbbbbb' lw 0.8, \
     $h16 using 1:2 with points lc rgb '#0072B2' pt 6 ps 0.8, \
     $h17 using 1:2 with points lc rgb '#D55E00' pt 4 ps 0.8, \
     $h18 using 1:2 with points lc rgb '#009E73' pt 8 ps 0.8
unset multiplot
