import { basename } from "node:path";
import { shellLine } from "@webgfn/runs/node/internal";
import { AGAIN } from "./exit-status.js";

export interface ManifestOptions {
  readonly file: string;
  readonly out: string;
  readonly runs: number;
  /** Most runs at a time. */
  readonly parallel: number;
  readonly gpus: number;
  readonly cpus: number;
  /** The image with webgfn, as {@link dockerfile} makes it. */
  readonly image: string;
  /** A persistent volume claim that all pods can write. It holds the sweep file and the runs. */
  readonly claim: string;
}

/** Attempts per run after the first. */
const RETRIES = 3;
/** Where the volume is mounted: paths of the sweep file and of the runs are relative to it. */
const MOUNT = "/work";
/** Seconds that a pod has for its checkpoint. */
const GRACE = 120;

/** An Indexed Job with a pod per run. Bad usage fails the run permanently; disruptions and lost devices do not count as failures. */
export function kubernetesManifest({ file, out, runs, parallel, gpus, cpus, image, claim }: ManifestOptions): string {
  const name = `webgfn-${basename(file)}`
    .replace(/\.\w+$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/-+$/, "")
    .slice(0, 50);
  const run = `exec ${shellLine("webgfn", "sweep", "run", file, "--out", out)} --index "$JOB_COMPLETION_INDEX"`;
  return `# ${runs} runs. Start with: kubectl apply -f THIS_FILE
# The claim ${claim} holds ${file}, planned with: webgfn sweep plan ${shellLine(file)} --out ${shellLine(out)}
# The image: webgfn sweep script dockerfile > Dockerfile
apiVersion: batch/v1
kind: Job
metadata:
  name: ${JSON.stringify(name)}
spec:
  completionMode: Indexed
  completions: ${runs}
  parallelism: ${Math.min(parallel, runs)}
  backoffLimitPerIndex: ${RETRIES}
  maxFailedIndexes: ${runs}
  podFailurePolicy:
    rules:
      # An evicted pod, or one on a node that was drained, has not failed.
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: "True"
      # ${AGAIN}: stopped with a checkpoint, or the device was lost.
      - action: Ignore
        onExitCodes:
          containerName: webgfn
          operator: In
          values: [${AGAIN}]
      # 2: settings that no attempt can make good.
      - action: FailIndex
        onExitCodes:
          containerName: webgfn
          operator: In
          values: [2]
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: ${GRACE}
      containers:
        - name: webgfn
          image: ${JSON.stringify(image)}
          workingDir: ${MOUNT}
          command: ["sh", "-c", ${JSON.stringify(run)}]
${
  gpus === 0
    ? ""
    : `          env:
            # Vulkan needs the graphics libraries of the driver, too.
            - name: NVIDIA_DRIVER_CAPABILITIES
              value: graphics,compute,utility
`
}          resources:
            requests:
              cpu: ${cpus}
${
  gpus === 0
    ? ""
    : `            limits:
              nvidia.com/gpu: ${gpus}
`
}          volumeMounts:
            - name: work
              mountPath: ${MOUNT}
      volumes:
        - name: work
          persistentVolumeClaim:
            claimName: ${JSON.stringify(claim)}
`;
}

/** The image that the manifest names. */
export function dockerfile(version: string): string {
  return `FROM node:20-bookworm-slim
# The Vulkan loader. The container toolkit of the GPU's maker brings the driver.
RUN apt-get update && apt-get install -y --no-install-recommends libvulkan1 libxext6 && rm -rf /var/lib/apt/lists/*
RUN npm install --global webgfn@${version} webgpu
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=graphics,compute,utility
WORKDIR ${MOUNT}
CMD ["webgfn", "doctor"]
`;
}
