set terminal svg noenhanced dynamic size 900,629 name 'energy_cost_energy' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Energy against speed' at screen 0.012, screen 0.97027 left front font ',16.0'
set label 7001 'Medians, bars: range of the processes; of the energy: as its meter tells; dashed: equal power. 41 cases (15 not measured: modelled, simulated or' at screen 0.012, screen 0.09062 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'published), each n = 2 to 3 processes of 12 samples; 5 noisy processes did not count; 5 cases are noisy. Measured cases have in common: throughput' at screen 0.012, screen 0.06677 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'mode, warm cache, 2 threads. On onednn:0, reference:0, openblas:0 (AMD EPYC 9R14). Missing: all on cuda:0: libcudart.so.12 not found. Seed 4711,' at screen 0.012, screen 0.04293 left front font ',10.0' textcolor rgb '#555555'
set label 7004 '2026-11-23.' at screen 0.012, screen 0.01908 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.10731
area_h = 0.83863
cw = 0.007778
ch = 0.027027
$d0 << EOD
19.87792 2.364433 19.7974 19.88781 2.179061 2.549804
39.72666 1.711697 39.63677 39.80096 1.5775 1.845894
59.63412 0.9055219 59.55245 59.71601 0.834529 0.9765148
68.56557 0.7875673 68.37525 68.75695 0.7258221 0.8493126
136.7272 0.2925533 136.625 137.2703 0.2696171 0.3154894
205.5533 0.29676 205.3413 205.9372 0.273494 0.320026
238.2789 0.2560025 237.4822 239.4722 0.2359319 0.2760731
476.7941 0.09857506 474.9314 477.7844 0.09084677 0.1063033
836.3205 0.08130854 835.8246 841.7273 0.07493395 0.08768313
1675.162 0.03223569 1668.754 1681.619 0.02970841 0.03476297
2514.128 0.01591009 2501.561 2518.791 0.01466274 0.01715744
2976.068 0.01344055 2968.226 2985.209 0.01238682 0.01449429
8968.003 0.005240854 8921.879 8983.104 0.004829971 0.005651737
EOD
$b0 << EOD
714.6131 0.09515639 713.2206 715.6921 0.09515639 0.09515639
5956.441 0.01024102 5938.531 5962.138 0.01024102 0.01024102
EOD
$n0 << EOD
59.63412 0.9055219 59.55245 59.71601 0.834529 0.9765148
68.56557 0.7875673 68.37525 68.75695 0.7258221 0.8493126
1675.162 0.03223569 1668.754 1681.619 0.02970841 0.03476297
EOD
$d1 << EOD
23.84652 1.677394 23.75929 23.91327 1.545886 1.808901
35.70917 1.708245 35.60647 35.84096 1.574318 1.842171
41.0723 1.485186 40.96168 41.29141 1.368747 1.601624
123.4749 0.5507193 123.0363 123.9334 0.5075429 0.5938957
143.3614 0.4743256 142.8949 143.5182 0.4371385 0.5115127
286.0306 0.188791 285.3821 286.682 0.1739898 0.2035922
1507.811 0.03117102 1499.584 1510.906 0.02872721 0.03361482
3572.336 0.01903516 3567.714 3580.096 0.01754281 0.02052752
5368.8 0.01005811 5357.565 5380.081 0.009269558 0.01084667
EOD
$b1 << EOD
82.06194 0.5727381 81.88576 82.56169 0.5727381 0.5727381
503.3451 0.07946835 501.9482 505.0202 0.07946835 0.07946835
EOD
$n1 << EOD
286.0306 0.188791 285.3821 286.682 0.1739898 0.2035922
5368.8 0.01005811 5357.565 5380.081 0.009269558 0.01084667
EOD
$b2 << EOD
14.1981 3.310303 14.1981 14.1981 3.050775 3.569831
21.29714 3.192917 21.29714 21.29714 2.942592 3.443241
24.48999 2.776644 24.48999 24.48999 2.558955 2.994333
48.97999 1.102491 48.97999 48.97999 1.016056 1.188926
73.46998 0.5444401 73.46998 73.46998 0.501756 0.5871242
85.18857 0.4695465 85.18857 85.18857 0.4327341 0.506359
170.3771 0.3580292 170.3771 170.3771 0.3299597 0.3860987
255.5657 0.1839057 255.5657 255.5657 0.1694875 0.1983239
299.3221 0.1570215 299.3221 299.3221 0.144711 0.1693319
598.6443 0.11359 598.6443 598.6443 0.1046845 0.1224955
1064.857 0.05071103 1064.857 1064.857 0.04673528 0.05468677
2129.714 0.01878186 2129.714 2129.714 0.01730936 0.02025436
3194.571 0.01909489 3194.571 3194.571 0.01759785 0.02059193
EOD
$h2 << EOD
7.099048 8.592702 7.099048 7.099048 8.592702 8.592702
897.9664 0.06013588 897.9664 897.9664 0.06013588 0.06013588
EOD
$f0 << EOD
39.72666 1.711697
23.84652 1.677394
EOD
set label 5000 'onednn:0' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6000 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 7 ps 0.9 lc rgb '#0072B2'
set label 5001 'openblas:0' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6001 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 5 ps 0.9 lc rgb '#D55E00'
set label 5002 'reference:0' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6002 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 13 ps 0.9 lc rgb '#000000'
set label 5003 'hollow: no measurement' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6003 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 6 ps 0.9 lc rgb '#777777'
set label 5004 'crossed: noisy' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set label 6004 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+0.5*ch front point pt 2 ps 0.9 lc rgb '#777777'
set arrow 5005 from screen 2*cw+1*(1-2*cw)/2, screen area_y+0.5*ch to screen 2*cw+1*(1-2*cw)/2+4*cw, screen area_y+0.5*ch nohead lw 2 dt 1 lc rgb '#777777'
set label 5005 'line: best trade-offs' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
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
set xrange [4.00887013:15907.5955]
set xtics ('10' 10, '30' 30, '100' 100, '300' 300, '1k' 1000, '3k' 3000, '10k' 10000)
set xlabel 'items per second' offset 0,(letters == 0)*0.45
set logscale y 10
set yrange [0.00265417616:15.6366802]
set ytics ('0.003' 0.003, '0.01' 0.01, '0.03' 0.03, '0.1' 0.1, '0.3' 0.3, '1' 1, '3' 3, '10' 10)
set ylabel 'joules per item, idle included'
set arrow 20 from 4.00887013, 2.49446843 to 3767.64743, 0.00265417616 nohead lw 0.8 dt 2 lc rgb '#aaaaaa' back
set label 20 '10 W' at 4.00887013, 2.49446843 left offset 0.5,0.5 front textcolor rgb '#888888'
set arrow 21 from 10.215358, 9.78918218 to 15907.5955, 0.00628630517 nohead lw 0.8 dt 2 lc rgb '#aaaaaa' back
set label 21 '100 W' at 6.39521935, 15.6366802 left offset 0.5,-0.7 front textcolor rgb '#888888'
plot $f0 using 1:2 with lines lc rgb '#777777' lw 0.8, \
     $d0 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#0072B2' pt 7 ps 0.8 lw 1.2, \
     $b0 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#0072B2' pt 6 ps 0.8 lw 1.2, \
     $b0 using 1:2 with points lc rgb '#ffffff' pt 7 ps 0.8, \
     $b0 using 1:2 with points lc rgb '#0072B2' pt 6 ps 0.8, \
     $n0 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d1 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#D55E00' pt 5 ps 0.8 lw 1.2, \
     $b1 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#D55E00' pt 4 ps 0.8 lw 1.2, \
     $b1 using 1:2 with points lc rgb '#ffffff' pt 5 ps 0.8, \
     $b1 using 1:2 with points lc rgb '#D55E00' pt 4 ps 0.8, \
     $n1 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $b2 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#000000' pt 12 ps 0.8 lw 1.2, \
     $b2 using 1:2 with points lc rgb '#ffffff' pt 13 ps 0.8, \
     $b2 using 1:2 with points lc rgb '#000000' pt 12 ps 0.8, \
     $h2 using 1:2 with points lc rgb '#000000' pt 12 ps 0.8
