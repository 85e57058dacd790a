set terminal svg noenhanced dynamic size 900,629 name 'energy_cost_cost' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Items for money against speed' at screen 0.012, screen 0.97027 left front font ',16.0'
set label 7001 'Medians, bars: range of the processes; dashed: equal price of an hour. 39 cases (15 not measured: modelled, simulated or published), each n = 2 to 3' at screen 0.012, screen 0.09062 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'processes of 12 samples; 5 noisy processes did not count; 5 cases are noisy. Measured cases have in common: throughput mode, warm cache, 2 threads.' at screen 0.012, screen 0.06677 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'On reference:0, openblas:0, onednn:0 (AMD EPYC 9R14). 1 case without cost: the price is 3 years old. 1 in other currencies are left out. Missing: all' at screen 0.012, screen 0.04293 left front font ',10.0' textcolor rgb '#555555'
set label 7004 'on cuda:0: libcudart.so.12 not found. Seed 4711, 2026-11-23.' at screen 0.012, screen 0.01908 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.10731
area_h = 0.83863
cw = 0.007778
ch = 0.027027
$d0 << EOD
19.87792 79511.67 19.7974 19.88781 79189.58 79551.23
39.72666 44692.49 39.63677 39.80096 44591.37 44776.08
59.63412 238536.5 59.55245 59.71601 238209.8 238864
68.56557 77136.26 68.37525 68.75695 76922.15 77351.56
136.7272 546909 136.625 137.2703 546499.8 549081.3
205.5533 231247.5 205.3413 205.9372 231009 231679.3
238.2789 953115.5 237.4822 239.4722 949929 957888.7
476.7941 536393.3 474.9314 477.7844 534297.8 537507.5
714.6131 2858452 713.2206 715.6921 2852882 2862769
836.3205 940860.6 835.8246 841.7273 940302.6 946943.3
1675.162 6700647 1668.754 1681.619 6675016 6726476
2514.128 2828394 2501.561 2518.791 2814256 2833640
8968.003 3.587201e+07 8921.879 8983.104 3.568752e+07 3.593242e+07
EOD
$n0 << EOD
59.63412 238536.5 59.55245 59.71601 238209.8 238864
68.56557 77136.26 68.37525 68.75695 76922.15 77351.56
1675.162 6700647 1668.754 1681.619 6675016 6726476
EOD
$d1 << EOD
23.84652 95386.08 23.75929 23.91327 95037.14 95653.06
35.70917 40172.82 35.60647 35.84096 40057.28 40321.08
41.0723 164289.2 40.96168 41.29141 163846.7 165165.7
82.06194 92319.68 81.88576 82.56169 92121.48 92881.91
123.4749 493899.5 123.0363 123.9334 492145.2 495733.7
143.3614 161281.6 142.8949 143.5182 160756.8 161458
286.0306 1144122 285.3821 286.682 1141528 1146728
503.3451 2013380 501.9482 505.0202 2007793 2020081
1507.811 6031244 1499.584 1510.906 5998336 6043625
3572.336 1.428934e+07 3567.714 3580.096 1.427085e+07 1.432038e+07
5368.8 6039900 5357.565 5380.081 6027261 6052592
EOD
$n1 << EOD
286.0306 1144122 285.3821 286.682 1141528 1146728
5368.8 6039900 5357.565 5380.081 6027261 6052592
EOD
$h2 << EOD
7.099048 28396.19 7.099048 7.099048 28396.19 28396.19
14.1981 15972.86 14.1981 14.1981 15972.86 15972.86
21.29714 85188.57 21.29714 21.29714 85188.57 85188.57
24.48999 27551.24 24.48999 24.48999 27551.24 27551.24
48.97999 195919.9 48.97999 48.97999 195919.9 195919.9
73.46998 82653.73 73.46998 73.46998 82653.73 82653.73
85.18857 340754.3 85.18857 85.18857 340754.3 340754.3
170.3771 191674.3 170.3771 170.3771 191674.3 191674.3
255.5657 1022263 255.5657 255.5657 1022263 1022263
299.3221 336737.4 299.3221 299.3221 336737.4 336737.4
598.6443 2394577 598.6443 598.6443 2394577 2394577
897.9664 1010212 897.9664 897.9664 1010212 1010212
1064.857 4259429 1064.857 1064.857 4259429 4259429
2129.714 2395929 2129.714 2129.714 2395929 2395929
3194.571 1.277829e+07 3194.571 3194.571 1.277829e+07 1.277829e+07
EOD
$f0 << EOD
836.3205 940860.6
503.3451 2013380
EOD
$f1 << EOD
2514.128 2828394
1507.811 6031244
EOD
$f2 << EOD
476.7941 536393.3
286.0306 1144122
EOD
$f3 << EOD
68.56557 77136.26
41.0723 164289.2
EOD
$f4 << EOD
205.5533 231247.5
123.4749 493899.5
EOD
$f5 << EOD
39.72666 44692.49
23.84652 95386.08
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
set yrange [8614.18724:66627685.8]
set ytics ('10k' 10000, '30k' 30000, '100k' 100000, '300k' 300000, '1M' 1000000, '3M' 3000000, '10M' 10000000, '30M' 30000000)
set ylabel 'items for 1 USD'
set arrow 20 from 4.00887013, 144319.325 to 868.532342, 31267164.3 nohead lw 0.8 dt 2 lc rgb '#aaaaaa' back
set label 20 'USD 0.1/h' at 1850.76905, 66627685.8 right offset -0.5,-0.7 front textcolor rgb '#888888'
set arrow 21 from 4.00887013, 14431.9325 to 8622.28455, 31040224.4 nohead lw 0.8 dt 2 lc rgb '#aaaaaa' back
set label 21 'USD 1/h' at 15907.5955, 57267343.9 right offset -0.5,-0.7 front textcolor rgb '#888888'
set arrow 22 from 23.9282979, 8614.18724 to 15907.5955, 5726734.39 nohead lw 0.8 dt 2 lc rgb '#aaaaaa' back
set label 22 'USD 10/h' at 15907.5955, 5726734.39 right offset -0.5,0.5 front textcolor rgb '#888888'
plot $f0 using 1:2 with lines lc rgb '#777777' lw 0.8, \
     $f1 using 1:2 with lines lc rgb '#777777' lw 0.8, \
     $f2 using 1:2 with lines lc rgb '#777777' lw 0.8, \
     $f3 using 1:2 with lines lc rgb '#777777' lw 0.8, \
     $f4 using 1:2 with lines lc rgb '#777777' lw 0.8, \
     $f5 using 1:2 with lines lc rgb '#777777' lw 0.8, \
     $d0 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#0072B2' pt 7 ps 0.8 lw 1.2, \
     $n0 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $d1 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#D55E00' pt 5 ps 0.8 lw 1.2, \
     $n1 using 1:2 with points lc rgb '#000000' pt 2 ps 1.1, \
     $h2 using 1:2 with points lc rgb '#000000' pt 12 ps 0.8
