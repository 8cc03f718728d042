/* SPDX-License-Identifier: MIT
 *
 * A program that does nothing. It is linked with all of one room and with the rooms below it, so that a room
 * which takes a function from above does not build.
 */
int main (void);

int
main (void)
{
  return 0;
}
