set terminal svg noenhanced dynamic size 960,514 name 'scaling_threads_onednn_0' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Scaling with threads, onednn:0' at screen 0.012, screen 0.96362 left front font ',16.0'
set label 7001 'Speed-up: time with the fewest threads / own time, times those threads; medians, bars: range of the processes. 6 cases, each n = 3 processes of 8 samples.' at screen 0.012, screen 0.05253 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'In common: throughput mode, warm cache. On onednn:0 (AMD EPYC 9R14). Seed 4711, 2026-11-23.' at screen 0.012, screen 0.02335 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.07296
area_h = 0.86089
cw = 0.007292
ch = 0.033074
$s0 << EOD
1 1 0.9977854 1.003627 1
2 1.685006 1.682042 1.691535 0.8425028
4 2.835271 2.83183 2.849258 0.7088177
EOD
$s1 << EOD
1 1 0.9983671 1.000604 1
2 1.681835 1.680311 1.685187 0.8409177
4 2.836495 2.832819 2.842267 0.7091237
EOD
set multiplot
set arrow 5000 from screen 2*cw+0*(1-2*cw)/2, screen area_y+0.5*ch to screen 2*cw+0*(1-2*cw)/2+4*cw, screen area_y+0.5*ch nohead lw 2 dt 1 lc rgb '#0072B2'
set label 5000 'gemm m64 n512 k512 f32' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6000 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 7 ps 0.9 lc rgb '#0072B2'
set arrow 5001 from screen 2*cw+1*(1-2*cw)/2, screen area_y+0.5*ch to screen 2*cw+1*(1-2*cw)/2+4*cw, screen area_y+0.5*ch nohead lw 2 dt 2 lc rgb '#D55E00'
set label 5001 'gemm m72 n512 k512 f32' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6001 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 5 ps 0.9 lc rgb '#D55E00'
set lmargin at screen 0*cw+(1-0*cw)*0.0/2+8*cw
set rmargin at screen 0*cw+(1-0*cw)*1.0/2-3*cw
set tmargin at screen area_y+1*ch+(area_h-1*ch)*1.0/1-2*ch
set bmargin at screen area_y+1*ch+(area_h-1*ch)*0.0/1+3*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set label 1 'speed-up, ideal: dashed' at graph 0, graph 1 left offset 0,0.7 front
set logscale x 2
set xrange [0.920187651:4.34693945]
set xtics ('1' 1, '2' 2, '4' 4)
set xlabel 'threads' offset 0,(letters == 0)*0.45
set logscale y 2
set yrange [0.918027683:4.34751773]
set ytics ('1' 1, '2' 2, '4' 4)
set arrow 1 from 0.920188, 0.920188 to 4.34694, 4.34694 nohead dt 2 lc rgb '#555555' back
plot $s0 using 1:2 with linespoints lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2 dt 1, \
     $s0 using 1:2:3:4 with yerrorbars lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2, \
     $s1 using 1:2 with linespoints lc rgb '#D55E00' pt 5 ps 0.7 lw 1.2 dt 2, \
     $s1 using 1:2:3:4 with yerrorbars lc rgb '#D55E00' pt 5 ps 0.7 lw 1.2
reset
set lmargin at screen 0*cw+(1-0*cw)*1.0/2+8*cw
set rmargin at screen 0*cw+(1-0*cw)*2.0/2-3*cw
set tmargin at screen area_y+1*ch+(area_h-1*ch)*1.0/1-2*ch
set bmargin at screen area_y+1*ch+(area_h-1*ch)*0.0/1+3*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set label 1 'efficiency: speed-up / ideal' at graph 0, graph 1 left offset 0,0.7 front
set logscale x 2
set xrange [0.920187651:4.34693945]
set xtics ('1' 1, '2' 2, '4' 4)
set xlabel 'threads' offset 0,(letters == 0)*0.45
unset logscale y
set yrange [-0.04:1.04]
set ytics ('0 %%' 0, '20 %%' 0.2, '40 %%' 0.4, '60 %%' 0.6, '80 %%' 0.8, '100 %%' 1)
set arrow 1 from 0.920188, 1 to 4.34694, 1 nohead dt 2 lc rgb '#555555' back
plot $s0 using 1:5 with linespoints lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2 dt 1, \
     $s1 using 1:5 with linespoints lc rgb '#D55E00' pt 5 ps 0.7 lw 1.2 dt 2
unset multiplot
