set terminal svg noenhanced dynamic size 900,289 name 'speed_f32_networks' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Speed, f32, networks' at screen 0.012, screen 0.93529 left front font ',16.0'
set label 7001 'Median items per second, bars: range of the processes. 8 cases (3 not measured: modelled, simulated or published), each n = 2 to 3 processes of 12' at screen 0.012, screen 0.19723 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'samples; 1 noisy process did not count; 1 case is noisy. Measured cases have in common: throughput mode, warm cache, 2 threads. On onednn:0,' at screen 0.012, screen 0.14533 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'openblas:0, reference:0 (AMD EPYC 9R14). Missing: 4 on openblas:0: this library has no such product; all on cuda:0: libcudart.so.12 not found. Seed' at screen 0.012, screen 0.09343 left front font ',10.0' textcolor rgb '#555555'
set label 7004 '4711, 2026-11-23.' at screen 0.012, screen 0.04152 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.23356
area_h = 0.64879
cw = 0.007778
ch = 0.058824
$d0 << EOD
11919.96 11877.98 11992.49 -0.2666667
5956.709 5949.432 5964.005 0.7333333
2981.688 2969.609 2983.171 1.733333
EOD
$n0 << EOD
5956.709 5949.432 5964.005 0.7333333
EOD
$d1 << EOD
3576.978 3563.893 3586.99 1
1787.7 1783.655 1791.043 2
EOD
$h2 << EOD
4259.429 4259.429 4259.429 0.2666667
2129.714 2129.714 2129.714 1.266667
1064.857 1064.857 1064.857 2.266667
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
set lmargin at screen 14*cw+(1-14*cw)*0.0/1+3*cw
set rmargin at screen 14*cw+(1-14*cw)*1.0/1-3*cw
set tmargin at screen area_y+3*ch+(area_h-3*ch)*1.0/1-1*ch
set bmargin at screen area_y+3*ch+(area_h-3*ch)*0.0/1+3*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set logscale x 10
set xrange [990.245342:12896.0903]
set xtics ('1k' 1000, '2k' 2000, '3k' 3000, '5k' 5000, '10k' 10000)
set xlabel 'items per second' offset 0,(letters == 0)*0.45
set yrange [2.5:-0.5]
if (letters == 0) set grid noy
set object 1 rect from graph 0, first 0.5 to graph 1, first 1.5 fc rgb '#f3f3f3' fs solid noborder behind
set ytics scale 0 ('lenet batch=16' 0, 'lenet batch=4' 1, 'lenet batch=1' 2)
plot $d0 using 1:4:2:3 with xerrorbars lc rgb '#0072B2' pt 7 ps 0.7 lw 1.2, \
     $n0 using 1:4 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d1 using 1:4:2:3 with xerrorbars lc rgb '#D55E00' pt 5 ps 0.7 lw 1.2, \
     $h2 using 1:4 with points lc rgb '#000000' pt 12 ps 0.7
