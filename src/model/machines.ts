/** Which servers can be simulated: what src/simulator has descriptions of, the API's default first. */
export const MACHINES = ['sim-gpu-a100', 'sim-gpu-render', 'sim-nic', 'sim-storage'] as const
