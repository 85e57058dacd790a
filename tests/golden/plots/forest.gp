set terminal svg noenhanced dynamic size 960,359 name 'forest' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Change of each case, old to new' at screen 0.012, screen 0.94791 left front font ',16.0'
set label 7001 'Change of the time, new against old, with its 95 % interval; grey band: tolerance of 3 %; dashed: 5 %, which the check promises to find; grey bars: smaller' at screen 0.012, screen 0.11699 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'changes may be missed. Intervals that leave the picture end at its edge. 5 cases, in pairs of fresh processes: 10 to 22 each. Without a number: 1 new, 1' at screen 0.012, screen 0.07521 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'failed. Seed 4711, 2026-11-23.' at screen 0.012, screen 0.03343 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.14624
area_h = 0.75905
cw = 0.007292
ch = 0.047354
$v0 << EOD
0.084 0.072 0.096 0
EOD
$v1 << EOD
0.021 0.015 0.027 2
EOD
$v2 << EOD
-0.061 -0.076 -0.046 4
EOD
$v3 << EOD
0.002 -0.006 0.01 3
EOD
$v4 << EOD
0.04 -0.252 0.252 1
EOD
$mde << EOD
0 0.28 0.032 0
0 2.28 0.026 0
0 3.28 0.028 0
0 4.28 0.035 0
EOD
set label 5000 'regressed' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+3.5*ch left front
set label 6000 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+3.5*ch front point pt 9 ps 0.9 lc rgb '#D55E00'
set label 5001 'within the tolerance' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+3.5*ch left front
set label 6001 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+3.5*ch front point pt 13 ps 0.9 lc rgb '#E69F00'
set label 5002 'improved' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6002 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 11 ps 0.9 lc rgb '#0072B2'
set label 5003 'pass' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+2.5*ch left front
set label 6003 '' at screen 2*cw+1*(1-2*cw)/2+2*cw, screen area_y+2.5*ch front point pt 7 ps 0.9 lc rgb '#009E73'
set label 5004 'inconclusive' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set label 6004 '' at screen 2*cw+0*(1-2*cw)/2+2*cw, screen area_y+1.5*ch front point pt 6 ps 0.9 lc rgb '#777777'
set arrow 5005 from screen 2*cw+1*(1-2*cw)/2, screen area_y+1.5*ch to screen 2*cw+1*(1-2*cw)/2+4*cw, screen area_y+1.5*ch nohead lw 2 dt 2 lc rgb '#D55E00'
set label 5005 'the promised change' at screen 2*cw+1*(1-2*cw)/2+5*cw, screen area_y+1.5*ch left front
set arrow 5006 from screen 2*cw+0*(1-2*cw)/2, screen area_y+0.5*ch to screen 2*cw+0*(1-2*cw)/2+4*cw, screen area_y+0.5*ch nohead lw 2 dt 1 lc rgb '#aaaaaa'
set label 5006 'may be missed' at screen 2*cw+0*(1-2*cw)/2+5*cw, screen area_y+0.5*ch left front
set lmargin at screen 21*cw+(1-21*cw)*0.0/1+2*cw
set rmargin at screen 21*cw+(1-21*cw)*1.0/1-3*cw
set tmargin at screen area_y+4*ch+(area_h-4*ch)*1.0/1-1*ch
set bmargin at screen area_y+4*ch+(area_h-4*ch)*0.0/1+3*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
unset logscale x
set xrange [-0.27216:0.27216]
set xtics ('-20 %%' -0.2, '-10 %%' -0.1, '0 %%' 0, '+10 %%' 0.1, '+20 %%' 0.2)
set xlabel 'change of the time: slower to the right' offset 0,(letters == 0)*0.45
set yrange [4.5:-0.5]
set grid noy
set ytics scale 0 ('gemm m512 n512 k512' 0, 'conv 1x1 n8' 1, 'mlp' 2, 'conv 3x3 n32' 3, 'lenet batch=16' 4)
set object 1 rect from first -0.03, graph 0 to first 0.03, graph 1 fc rgb '#eeeeee' fs solid noborder behind
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lw 1 lc rgb '#000000' back
set arrow 2 from first 0.05, graph 0 to first 0.05, graph 1 nohead lw 1 dt 2 lc rgb '#D55E00' back
plot $mde using 1:2:3:4 with vectors nohead lc rgb '#aaaaaa' lw 2.5 dt 1, \
     $v0 using 1:4:2:3 with xerrorbars lc rgb '#D55E00' pt 9 ps 0.9 lw 1.2, \
     $v1 using 1:4:2:3 with xerrorbars lc rgb '#E69F00' pt 13 ps 0.9 lw 1.2, \
     $v2 using 1:4:2:3 with xerrorbars lc rgb '#0072B2' pt 11 ps 0.9 lw 1.2, \
     $v3 using 1:4:2:3 with xerrorbars lc rgb '#009E73' pt 7 ps 0.9 lw 1.2, \
     $v4 using 1:4:2:3 with xerrorbars lc rgb '#777777' pt 6 ps 0.9 lw 1.2
