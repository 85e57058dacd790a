set terminal svg noenhanced dynamic size 900,631 name 'roofline_onednn_0' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Roofline of onednn:0' at screen 0.012, screen 0.97036 left front font ',16.0'
set label 7001 'Rate: median, bars: range of the processes; solid: measured ceilings; dashed: datasheet. 15 cases, each n = 2 to 3 processes of 12 samples; 3 noisy' at screen 0.012, screen 0.06656 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'processes did not count; 3 cases are noisy. In common: throughput mode, warm cache, 2 threads. On onednn:0 (AMD EPYC 9R14). Missing: all on cuda:0:' at screen 0.012, screen 0.04279 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'libcudart.so.12 not found. Seed 4711, 2026-11-23.' at screen 0.012, screen 0.01902 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.08320
area_h = 0.86292
cw = 0.007778
ch = 0.026941
$d0 << EOD
25.6 9.986026e+10 9.959715e+10 1.00167e+11
28.09756 3.993231e+10 3.972693e+10 3.999955e+10
30.47619 1.584635e+10 1.578573e+10 1.590743e+10
32.74419 6.305877e+09 6.284794e+09 6.337456e+09
34.90909 2.50963e+09 2.504739e+09 2.513419e+09
36.97778 9.97419e+08 9.966728e+08 1.001381e+09
25.6 1.000488e+11 9.964355e+10 1.000986e+11
51.2 9.9937e+10 9.981491e+10 1.000594e+11
102.4 9.999188e+10 9.963973e+10 1.006003e+11
EOD
$n0 << EOD
30.47619 1.584635e+10 1.578573e+10 1.590743e+10
51.2 9.9937e+10 9.981491e+10 1.000594e+11
EOD
$d1 << EOD
51.2 1.99865e+11 1.99264e+11 2.000562e+11
56.19512 7.948866e+10 7.944152e+10 8.000255e+10
60.95238 3.171017e+10 3.155166e+10 3.176899e+10
65.48837 1.261801e+10 1.256871e+10 1.264422e+10
69.81818 5.025608e+09 5.011659e+09 5.039636e+09
73.95556 1.999336e+09 1.997274e+09 2.00307e+09
EOD
$n1 << EOD
69.81818 5.025608e+09 5.011659e+09 5.039636e+09
EOD
set label 5000 'f32' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6000 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 7 ps 0.9 lc rgb '#0072B2'
set label 5001 'bf16' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6001 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 5 ps 0.9 lc rgb '#D55E00'
set label 5002 'ridge: memory to compute' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6002 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 1 ps 0.9 lc rgb '#777777'
set label 5003 'crossed: noisy' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6003 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 2 ps 0.9 lc rgb '#777777'
set lmargin at screen 0*cw+(1-0*cw)*0.0/1+11*cw
set rmargin at screen 0*cw+(1-0*cw)*1.0/1-27*cw
set tmargin at screen area_y+2*ch+(area_h-2*ch)*1.0/1-1*ch
set bmargin at screen area_y+2*ch+(area_h-2*ch)*0.0/1+3*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set logscale x 10
set xrange [3.0065941:480.985261]
set xtics ('5' 5, '10' 10, '20' 20, '30' 30, '50' 50, '100' 100, '200' 200, '300' 300)
set xlabel 'operations per byte, every tensor touched once' offset 0,(letters == 0)*0.45
set logscale y 10
set yrange [540490900:1.1506648e+13]
set ytics ('1G' 1e+09, '3G' 3e+09, '10G' 1e+10, '30G' 3e+10, '100G' 1e+11, '300G' 3e+11, '1T' 1e+12, '3T' 3e+12, '10T' 1e+13)
set ylabel 'operations per second'
set arrow 100 from 3.00659, 4.3e+11 to 480.985, 4.3e+11 nohead lw 1.6 dt 1 lc rgb '#0072B2' back
set label 100 'f32 430 Gop/s' at graph 1.01, graph 0.6702 left front textcolor rgb '#0072B2'
set arrow 101 from 12, 6.24e+12 to 480.985, 6.24e+12 nohead lw 1.6 dt 1 lc rgb '#D55E00' back
set label 101 'bf16 6.24 Top/s' at graph 1.01, graph 0.9386 left front textcolor rgb '#D55E00'
set arrow 102 from 3.00659, 1.56343e+12 to 12, 6.24e+12 nohead lw 1.6 dt 1 lc rgb '#333333' back
set label 102 'L1 520 GB/s' at 3.3202, 1.7265e+12 left front rotate by 19.4 offset -0.64,0.75 textcolor rgb '#333333'
set arrow 103 from 3.00659, 7.21583e+11 to 26, 6.24e+12 nohead lw 1.6 dt 1 lc rgb '#333333' back
set label 103 'L2 240 GB/s' at 3.3202, 7.96848e+11 left front rotate by 19.4 offset -0.64,0.75 textcolor rgb '#333333'
set arrow 104 from 3.00659, 1.74382e+11 to 107.586, 6.24e+12 nohead lw 1.6 dt 1 lc rgb '#333333' back
set label 104 'L3 58.0 GB/s' at 3.3202, 1.92572e+11 left front rotate by 19.4 offset -0.64,0.75 textcolor rgb '#333333'
set arrow 105 from 3.00659, 7.21583e+10 to 260, 6.24e+12 nohead lw 1.6 dt 1 lc rgb '#333333' back
set label 105 'memory 24.0 GB/s' at 4.27816, 1.02676e+11 left front rotate by 19.4 offset 0.64,-0.75 textcolor rgb '#333333'
set arrow 106 from 3.00659, 4.7e+11 to 480.985, 4.7e+11 nohead lw 1.6 dt 2 lc rgb '#0072B2' back
set label 106 'f32 470 Gop/s (sheet)' at graph 1.01, graph 0.7176 left front textcolor rgb '#0072B2'
set arrow 107 from 3.00659, 9.01978e+10 to 208, 6.24e+12 nohead lw 1.6 dt 2 lc rgb '#333333' back
set label 107 'memory 30.0 GB/s (sheet)' at 3.3202, 9.9606e+10 left front rotate by 19.4 offset -0.64,0.75 textcolor rgb '#333333'
set label 200 '17.9 op/B' at 17.9167, 4.3e+11 left front offset 0.6,-0.7 point pt 1 ps 0.8 lc rgb '#333333' textcolor rgb '#333333'
set label 201 '260 op/B' at 260, 6.24e+12 center front offset 0,0.7 point pt 1 ps 0.8 lc rgb '#333333' textcolor rgb '#333333'
plot $d0 using 1:2:3:4 with yerrorbars lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2, \
     $n0 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d1 using 1:2:3:4 with yerrorbars lc rgb '#D55E00' pt 5 ps 0.7 lw 1.2, \
     $n1 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1
