set terminal svg noenhanced dynamic size 900,750 name 'history' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'History of medians' at screen 0.012, screen 0.97507 left front font ',16.0'
set label 7001 'Medians of sessions, relative to the median of their row (a history keeps no intervals); grey lines: medians between steps; steps: slower is' at screen 0.012, screen 0.05600 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'positive, whatever the metric, dashed and grey where somebody has acknowledged them. Hollow: the run is incomplete. Light lines: releases.' at screen 0.012, screen 0.03600 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'Dotted: another driver, or another device of that name. Fewer than 8 sessions tell no step. 2026-09-21 to 2026-10-14, UTC.' at screen 0.012, screen 0.01600 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.07000
area_h = 0.88467
cw = 0.007778
ch = 0.022667
$p1 << EOD
0 -0.04122723
1 -0.03355705
2 -0.02588686
3 -0.03739214
4 -0.02972196
5 -0.04122723
6 -0.03355705
7 -0.02588686
8 -0.03739214
9 -0.02972196
10 -0.04122723
11 -0.03355705
12 0.04122723
13 0.02972196
14 0.03739214
15 0.02588686
16 0.03355705
17 0.04122723
18 0.02972196
19 0.03739214
20 0.02588686
21 0.03355705
22 0.04122723
23 0.02972196
EOD
$m1 << EOD
0 -0.03355705
11 -0.03355705

12 0.03355705
23 0.03355705

EOD
$p0 << EOD
0 -0.007936508
1 0
2 0.007936508
3 -0.003968254
4 0.003968254
5 -0.007936508
6 0
7 0.007936508
8 -0.003968254
9 0.003968254
10 -0.007936508
11 0
12 0.007936508
13 -0.003968254
14 0.003968254
15 -0.007936508
16 0
17 0.007936508
18 -0.003968254
19 0.003968254
20 -0.007936508
21 0
22 0.007936508
23 -0.003968254
EOD
$m0 << EOD
0 0
23 0

EOD
$i2 << EOD
0 -0.003984064
1 0.003984064
EOD
$m2 << EOD
0 0
1 0

EOD
set multiplot
set lmargin at screen 0*cw+(1-0*cw)*0.0/1+9*cw
set rmargin at screen 0*cw+(1-0*cw)*1.0/1-6*cw
set tmargin at screen area_y+0*ch+(area_h-0*ch)*3.0/3-2*ch
set bmargin at screen area_y+0*ch+(area_h-0*ch)*2.0/3+2*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set label 1 'gemm m512 n512 k512 on onednn:0: steps' at graph 0, graph 1 left offset 0,0.7 front
unset logscale y
set yrange [-0.0478235858:0.0669530201]
set ytics ('0 %%' 0, '+5 %%' 0.05)
set xrange [-0.69:23.69]
set xtics ('2026-09-24' 2.40740741, '2026-10-01' 9.40740741, '2026-10-08' 16.4074074, '2026-10-15' 23.4074074)
set arrow 100 from first 11.5, graph 0 to first 11.5, graph 1 nohead lw 1.2 dt 1 lc rgb '#D55E00' back
set label 100 '+7.0 %' at first 11.5, graph 1 left offset 0.5,-0.6 front textcolor rgb '#D55E00'
set arrow 200 from first 8, graph 0 to first 8, graph 1 nohead lw 0.8 lc rgb '#bbbbbb' back
set label 200 'v1.2' at first 8, graph 0 left offset 0.5,0.6 front textcolor rgb '#777777'
set arrow 201 from first 9, graph 0 to first 9, graph 1 nohead lw 0.8 lc rgb '#bbbbbb' back
set arrow 300 from first 18, graph 0 to first 18, graph 1 nohead lw 1 dt 3 lc rgb '#CC79A7' back
plot $m1 using 1:2 with lines lc rgb '#777777' lw 1.5, \
     $p1 using 1:2 with points lc rgb '#0072B2' pt 7 ps 0.6
reset
set lmargin at screen 0*cw+(1-0*cw)*0.0/1+9*cw
set rmargin at screen 0*cw+(1-0*cw)*1.0/1-6*cw
set tmargin at screen area_y+0*ch+(area_h-0*ch)*2.0/3-2*ch
set bmargin at screen area_y+0*ch+(area_h-0*ch)*1.0/3+2*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set label 1 'steady on onednn:0: steady' at graph 0, graph 1 left offset 0,0.7 front
unset logscale y
set yrange [-0.0116:0.01624]
set ytics ('-1 %%' -0.01, '0 %%' 0, '+1 %%' 0.01)
set xrange [-0.69:23.69]
set xtics ('2026-09-24' 2.40740741, '2026-10-01' 9.40740741, '2026-10-08' 16.4074074, '2026-10-15' 23.4074074)
set arrow 200 from first 8, graph 0 to first 8, graph 1 nohead lw 0.8 lc rgb '#bbbbbb' back
set label 200 'v1.2' at first 8, graph 0 left offset 0.5,0.6 front textcolor rgb '#777777'
set arrow 201 from first 9, graph 0 to first 9, graph 1 nohead lw 0.8 lc rgb '#bbbbbb' back
set arrow 300 from first 18, graph 0 to first 18, graph 1 nohead lw 1 dt 3 lc rgb '#CC79A7' back
plot $m0 using 1:2 with lines lc rgb '#777777' lw 1.5, \
     $p0 using 1:2 with points lc rgb '#0072B2' pt 7 ps 0.6
reset
set lmargin at screen 0*cw+(1-0*cw)*0.0/1+9*cw
set rmargin at screen 0*cw+(1-0*cw)*1.0/1-6*cw
set tmargin at screen area_y+0*ch+(area_h-0*ch)*1.0/3-2*ch
set bmargin at screen area_y+0*ch+(area_h-0*ch)*0.0/3+2*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set label 1 'short on openblas:0: too few' at graph 0, graph 1 left offset 0,0.7 front
unset logscale y
set yrange [-0.0116:0.01624]
set ytics ('-1 %%' -0.01, '0 %%' 0, '+1 %%' 0.01)
set xrange [-0.69:23.69]
set xtics ('2026-09-24' 2.40740741, '2026-10-01' 9.40740741, '2026-10-08' 16.4074074, '2026-10-15' 23.4074074)
plot $m2 using 1:2 with lines lc rgb '#777777' lw 1.5, \
     $i2 using 1:2 with points lc rgb '#D55E00' pt 4 ps 0.6
unset multiplot
