// Prints the Khronos validator's report on a GLB file: node validate_glb.js FILE
const { readFileSync } = require("fs");
const { validateBytes } = require("gltf-validator");

validateBytes(new Uint8Array(readFileSync(process.argv[2]))).then(
  (report) => console.log(JSON.stringify(report.issues)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
