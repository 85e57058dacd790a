set terminal svg noenhanced dynamic size 900,595 name 'working_set_warm' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Bandwidth against working set, warm cache' at screen 0.012, screen 0.96857 left front font ',16.0'
set label 7001 'Bytes of the formula per second: median, bars: range of the processes; lines: measured ceilings; dotted: sizes of caches, private ones times the' at screen 0.012, screen 0.09580 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'threads. 41 cases (15 not measured: modelled, simulated or published), each n = 2 to 3 processes of 12 samples; 5 noisy processes did not count; 6' at screen 0.012, screen 0.07059 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'cases are noisy. Measured cases have in common: throughput mode, warm cache, 2 threads. On onednn:0, reference:0, openblas:0 (AMD EPYC 9R14).' at screen 0.012, screen 0.04538 left front font ',10.0' textcolor rgb '#555555'
set label 7004 'Missing: all on cuda:0: libcudart.so.12 not found. Seed 4711, 2026-11-23.' at screen 0.012, screen 0.02017 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.11345
area_h = 0.82941
cw = 0.007778
ch = 0.028571
$d0 << EOD
20000 2.865982e+07 20000 20000 2.854373e+07 2.867408e+07
20000 2.866e+07 20000 20000 2.862075e+07 2.869935e+07
20000 9.632598e+07 20000 20000 9.625392e+07 9.670858e+07
20000 3.278302e+08 20000 20000 3.271914e+08 3.283252e+08
20000 3.279327e+08 20000 20000 3.268364e+08 3.29575e+08
20000 1.12528e+09 20000 20000 1.120976e+09 1.129617e+09
20000 3.900791e+09 20000 20000 3.890513e+09 3.912773e+09
20000 3.91818e+09 20000 20000 3.898029e+09 3.924778e+09
1280000 2.863879e+07 1280000 1280000 2.857399e+07 2.869235e+07
1280000 9.654317e+07 1280000 1280000 9.64436e+07 9.672348e+07
1280000 9.661053e+07 1280000 1280000 9.634237e+07 9.688019e+07
1280000 3.280953e+08 1280000 1280000 3.268136e+08 3.287768e+08
1280000 1.123587e+09 1280000 1280000 1.12292e+09 1.130851e+09
1280000 1.1259e+09 1280000 1280000 1.120272e+09 1.127989e+09
1280000 3.903613e+09 1280000 1280000 3.891876e+09 3.907347e+09
EOD
$n0 << EOD
20000 2.866e+07 20000 20000 2.862075e+07 2.869935e+07
20000 1.12528e+09 20000 20000 1.120976e+09 1.129617e+09
20000 3.900791e+09 20000 20000 3.890513e+09 3.912773e+09
1280000 9.661053e+07 1280000 1280000 9.634237e+07 9.688019e+07
EOD
$d1 << EOD
160000 1.716173e+07 160000 160000 1.711237e+07 1.722507e+07
160000 5.781362e+07 160000 160000 5.76895e+07 5.81657e+07
160000 1.97302e+08 160000 160000 1.9666e+08 1.975178e+08
160000 2.345664e+09 160000 160000 2.340756e+09 2.350593e+09
1.024e+07 1.719086e+07 1.024e+07 1.024e+07 1.712797e+07 1.723898e+07
1.024e+07 5.787186e+07 1.024e+07 1.024e+07 5.771599e+07 5.818059e+07
1.024e+07 5.799302e+07 1.024e+07 1.024e+07 5.778703e+07 5.820839e+07
1.024e+07 1.968256e+08 1.024e+07 1.024e+07 1.963794e+08 1.972739e+08
1.024e+07 6.75242e+08 1.024e+07 1.024e+07 6.715576e+08 6.766281e+08
1.024e+07 6.762381e+08 1.024e+07 1.024e+07 6.743614e+08 6.784885e+08
1.024e+07 2.341166e+09 1.024e+07 1.024e+07 2.338137e+09 2.346252e+09
EOD
$n1 << EOD
160000 2.345664e+09 160000 160000 2.340756e+09 2.350593e+09
1.024e+07 1.968256e+08 1.024e+07 1.024e+07 1.963794e+08 1.972739e+08
EOD
$h2 << EOD
960000 1.023535e+07 960000 960000 1.023535e+07 1.023535e+07
960000 1.023535e+07 960000 960000 1.023535e+07 1.023535e+07
960000 3.450699e+07 960000 960000 3.450699e+07 3.450699e+07
960000 1.172413e+08 960000 960000 1.172413e+08 1.172413e+08
960000 1.172413e+08 960000 960000 1.172413e+08 1.172413e+08
960000 4.021357e+08 960000 960000 4.021357e+08 4.021357e+08
960000 1.39573e+09 960000 960000 1.39573e+09 1.39573e+09
960000 1.39573e+09 960000 960000 1.39573e+09 1.39573e+09
6.144e+07 1.023535e+07 6.144e+07 6.144e+07 1.023535e+07 1.023535e+07
6.144e+07 3.450699e+07 6.144e+07 6.144e+07 3.450699e+07 3.450699e+07
6.144e+07 3.450699e+07 6.144e+07 6.144e+07 3.450699e+07 3.450699e+07
6.144e+07 1.172413e+08 6.144e+07 6.144e+07 1.172413e+08 1.172413e+08
6.144e+07 4.021357e+08 6.144e+07 6.144e+07 4.021357e+08 4.021357e+08
6.144e+07 4.021357e+08 6.144e+07 6.144e+07 4.021357e+08 4.021357e+08
6.144e+07 1.39573e+09 6.144e+07 6.144e+07 1.39573e+09 1.39573e+09
EOD
$c0 << EOD
12353.35 5.2e+11
98304 5.2e+11
98304 2.4e+11
4194304 2.4e+11
4194304 5.8e+10
3.355443e+07 5.8e+10
3.355443e+07 2.4e+10
9.9471e+07 2.4e+10
EOD
$c1 << EOD
12353.35 5.2e+11
98304 5.2e+11
98304 2.4e+11
4194304 2.4e+11
4194304 5.8e+10
3.355443e+07 5.8e+10
3.355443e+07 2.4e+10
9.9471e+07 2.4e+10
EOD
$c2 << EOD
12353.35 5.2e+11
98304 5.2e+11
98304 2.4e+11
4194304 2.4e+11
4194304 5.8e+10
3.355443e+07 5.8e+10
3.355443e+07 2.4e+10
9.9471e+07 2.4e+10
EOD
set arrow 5000 from screen 2*cw+0*(1-2*cw)/2, screen area_y+2.5*ch to screen 2*cw+0*(1-2*cw)/2+4*cw, screen area_y+2.5*ch nohead lw 2 dt 1 lc rgb '#0072B2'
set label 5000 'onednn:0' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6000 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 7 ps 0.9 lc rgb '#0072B2'
set arrow 5001 from screen 2*cw+1*(1-2*cw)/2, screen area_y+2.5*ch to screen 2*cw+1*(1-2*cw)/2+4*cw, screen area_y+2.5*ch nohead lw 2 dt 2 lc rgb '#D55E00'
set label 5001 'openblas:0' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6001 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 5 ps 0.9 lc rgb '#D55E00'
set arrow 5002 from screen 2*cw+0*(1-2*cw)/2, screen area_y+1.5*ch to screen 2*cw+0*(1-2*cw)/2+4*cw, screen area_y+1.5*ch nohead lw 2 dt (18,4) lc rgb '#000000'
set label 5002 'reference:0' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6002 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 13 ps 0.9 lc rgb '#000000'
set label 5003 'hollow: not measured' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6003 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 6 ps 0.9 lc rgb '#777777'
set label 5004 'crossed: noisy' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6004 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 2 ps 0.9 lc rgb '#777777'
set lmargin at screen 0*cw+(1-0*cw)*0.0/1+11*cw
set rmargin at screen 0*cw+(1-0*cw)*1.0/1-3*cw
set tmargin at screen area_y+3*ch+(area_h-3*ch)*1.0/1-1*ch
set bmargin at screen area_y+3*ch+(area_h-3*ch)*0.0/1+3*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set logscale x 10
set xrange [12353.3493:99470999]
set xtics ('16Ki' 16384, '64Ki' 65536, '256Ki' 262144, '1Mi' 1048576, '4Mi' 4194304, '16Mi' 16777216, '64Mi' 67108864)
set xlabel 'working set in bytes' offset 0,(letters == 0)*0.45
set logscale y 10
set yrange [5342550.89:8.48134642e+12]
set ytics ('10M' 10000000, '100M' 100000000, '1G' 1e+09, '10G' 1e+10, '100G' 1e+11, '1T' 1e+12)
set ylabel 'bytes per second'
set arrow 10 from first 98304, graph 0 to first 98304, graph 0.95 nohead lw 1 dt 3 lc rgb '#555555' back
set label 10 'L1 96.0 KiB' at first 98304, graph 0.925 left offset 0.5,0 front textcolor rgb '#555555'
set arrow 11 from first 4194304, graph 0 to first 4194304, graph 0.9 nohead lw 1 dt 3 lc rgb '#555555' back
set label 11 'L2 4.00 MiB' at first 4194304, graph 0.875 left offset 0.5,0 front textcolor rgb '#555555'
set arrow 12 from first 33554432, graph 0 to first 33554432, graph 1 nohead lw 1 dt 3 lc rgb '#555555' back
set label 12 'L3 32.0 MiB' at first 33554432, graph 0.975 right offset -0.5,0 front textcolor rgb '#555555'
plot $c0 using 1:2 with lines lc rgb '#0072B2' lw 0.8 dt 1, \
     $c1 using 1:2 with lines lc rgb '#D55E00' lw 0.8 dt 2, \
     $c2 using 1:2 with lines lc rgb '#000000' lw 0.8 dt (18,4), \
     $d0 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#0072B2' pt 7 ps 0.8 lw 1.2, \
     $n0 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d1 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#D55E00' pt 5 ps 0.8 lw 1.2, \
     $n1 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $h2 using 1:2 with points lc rgb '#000000' pt 12 ps 0.8
