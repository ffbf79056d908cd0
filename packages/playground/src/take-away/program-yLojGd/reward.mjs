export const reward = (objects) =>
  objects.map(
    ({ coordinates }) =>
      -Math.abs((coordinates[0] ?? 0) - 2), // the middle
  );
