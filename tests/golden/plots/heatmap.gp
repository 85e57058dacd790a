set terminal svg noenhanced dynamic size 560,506 name 'heatmap' background '#ffffff' font 'Arial,12'
set encoding utf8
set label 7000 'Percent of the fastest measured device' at screen 0.012, screen 0.96304 left front font ',16.0'
set label 7001 'Fastest measured time / own time, in percent of medians. 41 cases (15 not measured:' at screen 0.012, screen 0.17194 left front font ',10.0' textcolor rgb '#555555'
set label 7002 'modelled, simulated or published), each n = 2 to 3 processes of 12 samples; 5 noisy' at screen 0.012, screen 0.14229 left front font ',10.0' textcolor rgb '#555555'
set label 7003 'processes did not count; 5 cases are noisy. Measured cases have in common: throughput mode,' at screen 0.012, screen 0.11265 left front font ',10.0' textcolor rgb '#555555'
set label 7004 'warm cache, 2 threads. On onednn:0, reference:0, openblas:0 (AMD EPYC 9R14). 100: the' at screen 0.012, screen 0.08300 left front font ',10.0' textcolor rgb '#555555'
set label 7005 'fastest; in brackets: not measured; *: noisy; -: no time. Missing: 4 on openblas:0: this' at screen 0.012, screen 0.05336 left front font ',10.0' textcolor rgb '#555555'
set label 7006 'library has no such product; all on cuda:0: libcudart.so.12 not found. Seed 4711, 2026-11-23.' at screen 0.012, screen 0.02372 left front font ',10.0' textcolor rgb '#555555'
letters = 0
area_y = 0.19269
area_h = 0.74012
cw = 0.012500
ch = 0.033597
$dark << EOD
1 1 60
1 2 60*
1 5 60
1 7 60*
1 9 60
1 12 60
EOD
$light << EOD
0 0 100
2 0 (36)
0 1 100
2 1 (36)
0 2 100
2 2 (36)
0 3 100
1 3 60
2 3 (36)
0 4 100*
2 4 (36)
0 5 100
2 5 (36)
0 6 100
1 6 60
2 6 (36)
0 7 100
2 7 (36)
0 8 100
2 8 (36)
0 9 100*
2 9 (36)
0 10 100
1 10 60
2 10 (36)
0 11 100
1 11 60
2 11 (36)
0 12 100
2 12 (36)
0 13 100*
1 13 60
2 13 (36)
0 14 100
2 14 (36)
EOD
$none << EOD
1 0 -
1 4 -
1 8 -
1 14 -
EOD
set lmargin at screen 26*cw+(1-26*cw)*0.0/1+2*cw
set rmargin at screen 26*cw+(1-26*cw)*1.0/1-3*cw
set tmargin at screen area_y+0*ch+(area_h-0*ch)*1.0/1-2*ch
set bmargin at screen area_y+0*ch+(area_h-0*ch)*0.0/1+1*ch
unset key
set datafile missing 'NaN'
set border 3 lw 0.8 lc rgb '#777777'
set tics nomirror out scale 0.5 textcolor rgb '#333333'
if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'
set xrange [-0.5:2.5]
set yrange [14.5:-0.5]
unset grid
unset border
unset xtics
set ytics scale 0 ('gemm m64 n512 k512 f32' 0, 'gemm m64 n512 k512 bf16' 1, 'gemm m72 n512 k512 f32' 2, 'gemm m72 n512 k512 bf16' 3, 'gemm m80 n512 k512 f32' 4, 'gemm m80 n512 k512 bf16' 5, 'gemm m88 n512 k512 f32' 6, 'gemm m88 n512 k512 bf16' 7, 'gemm m96 n512 k512 f32' 8, 'gemm m96 n512 k512 bf16' 9, 'gemm m104 n512 k512 f32' 10, 'gemm m104 n512 k512 bf16' 11, 'lenet batch=1 f32' 12, 'lenet batch=4 f32' 13, 'lenet batch=16 f32' 14)
set label 10 'onednn:0' at first 0, graph 1 center offset 0,(letters ? 0.7 : 0.7)
set label 11 'openblas:0' at first 1, graph 1 center offset 0,(letters ? 0.7 : 0.7)
set label 12 'reference:0' at first 2, graph 1 center offset 0,(letters ? 0.7 : 0.7)
set object 1 rect from -0.48, -0.46 to 0.48, 0.46 fc rgb '#FDE725' fs solid noborder behind
set object 2 rect from 1.52, -0.46 to 2.48, 0.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 3 rect from -0.48, 0.54 to 0.48, 1.46 fc rgb '#FDE725' fs solid noborder behind
set object 4 rect from 0.52, 0.54 to 1.48, 1.46 fc rgb '#21918C' fs solid noborder behind
set object 5 rect from 1.52, 0.54 to 2.48, 1.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 6 rect from -0.48, 1.54 to 0.48, 2.46 fc rgb '#FDE725' fs solid noborder behind
set object 7 rect from 0.52, 1.54 to 1.48, 2.46 fc rgb '#21918C' fs solid noborder behind
set object 8 rect from 1.52, 1.54 to 2.48, 2.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 9 rect from -0.48, 2.54 to 0.48, 3.46 fc rgb '#FDE725' fs solid noborder behind
set object 10 rect from 0.52, 2.54 to 1.48, 3.46 fc rgb '#22A884' fs solid noborder behind
set object 11 rect from 1.52, 2.54 to 2.48, 3.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 12 rect from -0.48, 3.54 to 0.48, 4.46 fc rgb '#FDE725' fs solid noborder behind
set object 13 rect from 1.52, 3.54 to 2.48, 4.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 14 rect from -0.48, 4.54 to 0.48, 5.46 fc rgb '#FDE725' fs solid noborder behind
set object 15 rect from 0.52, 4.54 to 1.48, 5.46 fc rgb '#21918C' fs solid noborder behind
set object 16 rect from 1.52, 4.54 to 2.48, 5.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 17 rect from -0.48, 5.54 to 0.48, 6.46 fc rgb '#FDE725' fs solid noborder behind
set object 18 rect from 0.52, 5.54 to 1.48, 6.46 fc rgb '#22A884' fs solid noborder behind
set object 19 rect from 1.52, 5.54 to 2.48, 6.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 20 rect from -0.48, 6.54 to 0.48, 7.46 fc rgb '#FDE725' fs solid noborder behind
set object 21 rect from 0.52, 6.54 to 1.48, 7.46 fc rgb '#21918C' fs solid noborder behind
set object 22 rect from 1.52, 6.54 to 2.48, 7.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 23 rect from -0.48, 7.54 to 0.48, 8.46 fc rgb '#FDE725' fs solid noborder behind
set object 24 rect from 1.52, 7.54 to 2.48, 8.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 25 rect from -0.48, 8.54 to 0.48, 9.46 fc rgb '#FDE725' fs solid noborder behind
set object 26 rect from 0.52, 8.54 to 1.48, 9.46 fc rgb '#21918C' fs solid noborder behind
set object 27 rect from 1.52, 8.54 to 2.48, 9.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 28 rect from -0.48, 9.54 to 0.48, 10.46 fc rgb '#FDE725' fs solid noborder behind
set object 29 rect from 0.52, 9.54 to 1.48, 10.46 fc rgb '#22A884' fs solid noborder behind
set object 30 rect from 1.52, 9.54 to 2.48, 10.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 31 rect from -0.48, 10.54 to 0.48, 11.46 fc rgb '#FDE725' fs solid noborder behind
set object 32 rect from 0.52, 10.54 to 1.48, 11.46 fc rgb '#22A884' fs solid noborder behind
set object 33 rect from 1.52, 10.54 to 2.48, 11.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 34 rect from -0.48, 11.54 to 0.48, 12.46 fc rgb '#FDE725' fs solid noborder behind
set object 35 rect from 0.52, 11.54 to 1.48, 12.46 fc rgb '#21918C' fs solid noborder behind
set object 36 rect from 1.52, 11.54 to 2.48, 12.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 37 rect from -0.48, 12.54 to 0.48, 13.46 fc rgb '#FDE725' fs solid noborder behind
set object 38 rect from 0.52, 12.54 to 1.48, 13.46 fc rgb '#22A884' fs solid noborder behind
set object 39 rect from 1.52, 12.54 to 2.48, 13.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
set object 40 rect from -0.48, 13.54 to 0.48, 14.46 fc rgb '#FDE725' fs solid noborder behind
set object 41 rect from 1.52, 13.54 to 2.48, 14.46 fc rgb '#355F8D' fs transparent solid 0.45 noborder behind
plot $dark using 1:2:3 with labels tc rgb '#ffffff', \
     $light using 1:2:3 with labels tc rgb '#000000', \
     $none using 1:2:3 with labels tc rgb '#999999'
