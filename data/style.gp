# The look of all of thrum-analyze's plots; it stands at the head of every script that is written.
# The colours are Okabe and Ito's, which the colour-blind can tell apart, and paler shades of them.
BLUE = '#0072B2'
SKY = '#56B4E9'
PALE = '#C3E0F1'
NAVY = '#00456E'
RED = '#D55E00'
GREEN = '#009E73'
PINK = '#CC79A7'
AMBER = '#E69F00'
INK = '#15181D'
SOFT = '#5B616B'
set encoding utf8
set border 3 linecolor rgb '#8A8F98' linewidth 1
set tics nomirror out scale 0.6 textcolor rgb '#3C4149'
set grid back linetype 1 linecolor rgb '#E3E6E9' linewidth 1
set style fill solid 1.0 noborder
set xlabel textcolor rgb '#3C4149' noenhanced
set datafile separator comma
# Above the axes, three lines: what was tested, how it went, and the y axis' title with the legend.
set lmargin at screen 0.0917
set rmargin at screen 0.9783
set bmargin at screen 0.1214
set tmargin at screen 0.8357
unset key
