set terminal svg noenhanced dynamic size 960,529 name 'scaling_batch_onednn_0' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Scaling with the batch, onednn:0' at screen 0.012, screen 0.96465 left front font ',16.0'
set label 7001 'Items per second relative to the smallest batch; medians, bars: range of the processes. 3 cases, each n = 2 to 3 processes of 12 samples; 1 noisy process did' at screen 0.012, screen 0.07940 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'not count; 1 case is noisy. In common: throughput mode, warm cache, 2 threads. On onednn:0 (AMD EPYC 9R14). Missing: all on cuda:0: libcudart.so.12 not found.' at screen 0.012, screen 0.05104 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'Seed 4711, 2026-11-23.' at screen 0.012, screen 0.02268 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.09924
area_h = 0.83648
cw = 0.007292
ch = 0.032136
$s0 << EOD
1 1 0.9959492 1.000498 0.2501424
4 1.997764 1.995324 2.000211 0.4997256
16 3.997723 3.983644 4.022049 1
EOD
$n0 << EOD
4 1.997764 1.995324 2.000211 0.4997256
EOD
set multiplot
set arrow 5000 from screen 2*cw+0*(1-2*cw)/2, screen area_y+0.5*ch to screen 2*cw+0*(1-2*cw)/2+4*cw, screen area_y+0.5*ch nohead lw 2 dt 1 lc rgb '#0072B2'
set label 5000 'lenet batch=1 f32' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6000 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 7 ps 0.9 lc rgb '#0072B2'
set label 5001 'crossed: noisy' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6001 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 2 ps 0.9 lc rgb '#777777'
set lmargin at screen 0*cw+(1-0*cw)*0.0/2+8*cw
set rmargin at screen 0*cw+(1-0*cw)*1.0/2-3*cw
set tmargin at screen area_y+1*ch+(area_h-1*ch)*1.0/1-2*ch
set bmargin at screen area_y+1*ch+(area_h-1*ch)*0.0/1+3*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set label 1 'items/s, times those of the smallest batch' at graph 0, graph 1 left offset 0,0.7 front
set logscale x 2
set xrange [0.846745312:18.8958826]
set xtics ('1' 1, '2' 2, '4' 4, '8' 8, '16' 16)
set xlabel 'batch' offset 0,(letters == 0)*0.45
set logscale y 2
set yrange [0.915934824:4.37340808]
set ytics ('1' 1, '2' 2, '4' 4)
plot $s0 using 1:2 with linespoints lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2 dt 1, \
     $s0 using 1:2:3:4 with yerrorbars lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2, \
     $n0 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1
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
set label 1 'share of the best batch''s items/s' at graph 0, graph 1 left offset 0,0.7 front
set logscale x 2
set xrange [0.846745312:18.8958826]
set xtics ('1' 1, '2' 2, '4' 4, '8' 8, '16' 16)
set xlabel 'batch' offset 0,(letters == 0)*0.45
unset logscale y
set yrange [-0.04:1.04]
set ytics ('0 %%' 0, '20 %%' 0.2, '40 %%' 0.4, '60 %%' 0.6, '80 %%' 0.8, '100 %%' 1)
plot $s0 using 1:5 with linespoints lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2 dt 1, \
     $n0 using 1:5 with points lc rgb '#000000' pt 2 ps 1.1
unset multiplot
